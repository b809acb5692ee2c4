"""What can be done in the facesets panel: its part of the table of actions."""

from __future__ import annotations

from studio.app.actions import Action

PANEL = "panel.facesets"


def _action(
    name: str,
    text: str,
    tip: str,
    shortcut: str = "",
    icon: str = "",
    menu: str = "Faceset",
    *,
    checkable: bool = False,
) -> Action:
    return Action(f"facesets.{name}", text, tip, shortcut, icon, menu, checkable=checkable, context=PANEL)


_MARKING = (
    _action("keep", "Keep", "Keep the selected faces, then go on to the next", "P", "mdi6.check", "Faceset/Mark"),
    _action("reject", "Reject", "Reject the selected faces: hidden from training and conversion, not deleted", "X",
            "mdi6.close", "Faceset/Mark"),
    _action("unmark", "Unmark", "Take the mark of the selected faces away", "U", "mdi6.circle-outline", "Faceset/Mark"),
    _action("pass", "Seen, go on", "Note the faces as seen and go on to the next unseen one", "Space",
            "mdi6.eye-arrow-right-outline", "Faceset/Mark"),
    _action("unseen", "Go to first unseen", "Go on with the scan where it stopped", "N", "mdi6.eye-outline",
            "Faceset/Mark"),
    _action("advance", "Advance by itself", "Go to the next face after marking a single one", "",
            "mdi6.arrow-right-bold-outline", "Faceset/Mark", checkable=True),
)  # fmt: skip

_SELECTING = (
    _action("select_all", "Select all", "Select every visible face", "Ctrl+A", "mdi6.select-all", "Faceset/Select"),
    _action("select_none", "Select none", "Select no face", "Ctrl+Shift+A", "mdi6.select-off", "Faceset/Select"),
    _action("invert", "Invert selection", "Select what is visible and not selected", "Ctrl+I", "mdi6.select-inverse",
            "Faceset/Select"),
    _action("select_cluster", "Select cluster", "Select all visible faces in the clusters of the selected ones", "G",
            "mdi6.select-group", "Faceset/Select"),
    _action("select_similar", "Select similar", "Select the faces whose features are near the selected ones", "S",
            "mdi6.account-search-outline", "Faceset/Select"),
)  # fmt: skip

_PROPOSING = (
    _action("find_person", "Find the person", "Cluster the faces and propose to reject those of other people", "F",
            "mdi6.account-check-outline", "Faceset/Propose"),
    _action("find_duplicates", "Find near-duplicates",
            "Propose to reject faces that look like a better one that stays", "D", "mdi6.content-duplicate",
            "Faceset/Propose"),
    _action("by_limits", "Reject outside filters", "Propose to reject the faces that the filters hide", "L",
            "mdi6.filter-remove-outline", "Faceset/Propose"),
    _action("best", "Keep the best, spread over poses", "Propose to keep the sharpest faces of every pose only", "B",
            "mdi6.grid", "Faceset/Propose"),
    _action("by_example", "Rank by example", "Learn from the marks so far and show doubtful faces first", "E",
            "mdi6.school-outline", "Faceset/Propose"),
    _action("unlike", "Reject what is unlike the kept",
            "Propose to reject the faces that the ranking is sure to be like those rejected", "Shift+E",
            "mdi6.account-cancel-outline", "Faceset/Propose"),
    _action("clean", "Clean", "Propose other people and near-duplicates together", "Shift+C",
            "mdi6.broom", "Faceset/Propose"),
    _action("accept", "Reject proposed", "Make the rejections of the proposal, as one entry of the history",
            "Ctrl+Return", "mdi6.check-all", "Faceset/Propose"),
    _action("dismiss", "Dismiss", "Leave everything as it is", "Escape", "mdi6.cancel", "Faceset/Propose"),
)  # fmt: skip

_CLUSTERS = (
    _action("cluster", "Cluster faces", "Group the faces by their identity features", "K", "mdi6.group",
            "Faceset/Cluster"),
    _action("keep_cluster", "Keep cluster", "Keep every face of the current cluster", "Shift+P",
            "mdi6.check-underline", "Faceset/Cluster"),
    _action("reject_cluster", "Reject cluster", "Reject every face of the current cluster", "Shift+X",
            "mdi6.close-box-outline", "Faceset/Cluster"),
    _action("merge_clusters", "Merge clusters", "Make one cluster of those selected", "M", "mdi6.call-merge",
            "Faceset/Cluster"),
    _action("split_cluster", "Split cluster", "Cluster the faces of the current cluster again", "Shift+K",
            "mdi6.call-split", "Faceset/Cluster"),
    _action("umap", "Compute detailed map", "Lay the map out by UMAP, as a job; the plain map stays until it is ready",
            "", "mdi6.chart-scatter-plot", "Faceset/Cluster"),
)  # fmt: skip

_LOOKING = (
    _action("loupe", "Show full face", "Hold to see the whole face with mask and landmarks", "W",
            "mdi6.magnify-plus-outline", "Faceset/View"),
    _action("compare", "Compare", "Show two to four selected faces side by side, zoomed together", "C",
            "mdi6.compare", "Faceset/View"),
    _action("source", "Show source frame", "Show the frame that the face was found in", "O", "mdi6.image-frame",
            "Faceset/View"),
    _action("larger", "Larger thumbnails", "Show fewer, larger faces", "Ctrl++", "mdi6.magnify-plus", "Faceset/View"),
    _action("smaller", "Smaller thumbnails", "Show more, smaller faces", "Ctrl+-", "mdi6.magnify-minus",
            "Faceset/View"),
    _action("toggle_section", "Collapse section", "Collapse or open the section of the current face", "T",
            "mdi6.unfold-less-horizontal", "Faceset/View"),
    _action("collapse_all", "Collapse all", "Show only the headers", "Ctrl+Shift+T", "mdi6.collapse-all-outline",
            "Faceset/View"),
    _action("expand_all", "Expand all", "Open every section", "Ctrl+T", "mdi6.expand-all-outline", "Faceset/View"),
    _action("clear_filters", "Clear filters", "Show every face again", "Ctrl+Shift+F", "mdi6.filter-off-outline",
            "Faceset/View"),
    _action("save_filters", "Save filters…", "Keep these filters under a name", "", "mdi6.content-save-outline",
            "Faceset/View"),
    _action("saved_filters", "Saved filters", "Use filters that were kept under a name, or forget them", "",
            "mdi6.filter-menu-outline", "Faceset/View"),
    _action("correct", "Correct by hand", "Drag landmarks and paint the masks of the current face", "Return",
            "mdi6.draw", "Faceset/View"),
)  # fmt: skip

_IDENTITIES = (
    _action("add_identity", "Add identity…", "Name a person and record the consent to use their face", "Ctrl+N",
            "mdi6.account-plus-outline", "Identity"),
    _action("extract", "Extract faces…", "Choose videos or pictures and extract the identity's faces", "Ctrl+E",
            "mdi6.face-recognition", "Identity"),
    _action("import_aligned", "Import aligned faces…",
            "Choose a folder of aligned faces from DeepFaceLab, faceswap or elsewhere", "",
            "mdi6.folder-account-outline", "Identity"),
    _action("rename", "Rename identity…", "Give the identity another name", "F2", "mdi6.rename-outline", "Identity"),
    _action("merge", "Merge into another identity…", "Move this identity's faces to another one", "",
            "mdi6.account-multiple-plus-outline", "Identity"),
    _action("delete", "Delete identity", "Take the identity out of the project; it can be undone", "",
            "mdi6.account-remove-outline", "Identity"),
    _action("revoke", "Revoke consent…",
            "Withdraw the identity's consent record: its pictures are hidden, nothing is made with it", "",
            "mdi6.shield-off-outline", "Identity"),
    _action("trash", "Move rejected to trash…", "Move the files of rejected faces to the system's trash", "",
            "mdi6.trash-can-outline", "Identity"),
)  # fmt: skip

FACESET_ACTIONS: tuple[Action, ...] = (
    *_MARKING, *_SELECTING, *_PROPOSING, *_CLUSTERS, *_LOOKING, *_IDENTITIES
)  # fmt: skip
