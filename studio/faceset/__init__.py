"""Many faces: extract, cluster, near-duplicates, the journal of edits."""
