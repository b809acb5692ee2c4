from hypothesis import given
from hypothesis import strategies as st

from studio.app.faceset.arrangement import Section
from studio.ui.widgets.section_grid.geometry import HEADER, Box, Geometry


def sections_of(sizes, collapsed):
    made, start = [], 0
    for key, size in enumerate(sizes):
        made.append(Section(key, f"Section {key}", start, start + size, collapsed=key in collapsed))
        start += size
    return made


@st.composite
def geometries(draw):
    sizes = draw(st.lists(st.integers(0, 40), max_size=6))
    collapsed = draw(st.sets(st.integers(0, 5)))
    return Geometry(
        sections_of(sizes, collapsed),
        draw(st.integers(10, 900)),
        draw(st.integers(64, 256)),
        headers=draw(st.booleans()),
    )


def rows_of(geometry):
    return range(geometry.sections[-1].stop) if geometry.sections else range(0)


def open_rows(geometry):
    return [row for section in geometry.sections if not section.collapsed for row in range(section.start, section.stop)]


@given(geometries())
def test_every_visible_face_is_found_where_its_cell_is(geometry):
    for row in rows_of(geometry):
        box = geometry.box(row)
        if row not in open_rows(geometry):
            assert box is None
            continue
        for x, y in ((box.x, box.y), (box.x + box.width - 1, box.bottom - 1)):
            assert geometry.row_at(x, y) == row
            assert geometry.header_at(y) == -1
        assert box.bottom <= geometry.height


@given(geometries(), st.integers(-50, 900), st.integers(-50, 3000), st.integers(0, 700), st.integers(0, 900))
def test_a_rectangle_touches_exactly_the_cells_that_share_a_pixel_with_it(geometry, x, y, width, height):
    rect = Box(x, y, width, height)
    found = [row for span in geometry.rows_in(rect) for row in span]
    empty = width == 0 or height == 0
    assert found == [row for row in open_rows(geometry) if not empty and geometry.box(row).touches(rect)]


@given(geometries(), st.integers(0, 100), st.integers(-12, 12))
def test_a_step_over_lines_keeps_the_column_or_takes_the_last_face_of_a_short_line(geometry, row, lines):
    visible = open_rows(geometry)
    if row not in visible:
        return
    by_line: dict[int, list[int]] = {}
    for other in visible:
        by_line.setdefault(geometry.box(other).y, []).append(other)
    tops = sorted(by_line)
    own = geometry.box(row)
    goal = by_line[tops[min(max(tops.index(own.y) + lines, 0), len(tops) - 1)]]
    column = by_line[own.y].index(row)
    assert geometry.lines_away(row, lines) == goal[min(column, len(goal) - 1)]


@given(geometries(), st.integers(-2, 3000))
def test_every_height_of_the_grid_belongs_to_one_section(geometry, y):
    number = geometry.section_at(y)
    if not 0 <= y < geometry.height:
        assert number == -1
        return
    header = geometry.header_box(number)
    assert header.y <= y
    assert geometry.header_at(y) == (number if y < header.bottom else -1)


def test_a_collapsed_section_is_its_header_alone():
    closed = Geometry(sections_of([10, 10], {0}), 500, 128)
    assert closed.header_box(1).y == HEADER
    assert closed.box(3) is None
    assert list(closed.rows_in(Box(0, 0, 500, 100_000))) == [range(10, 20)]


def test_a_step_from_a_collapsed_section_leads_to_the_line_before_or_after_it():
    geometry = Geometry(sections_of([4, 5, 6], {1}), 500, 128)
    assert geometry.lines_away(6, 1) == 9
    assert geometry.lines_away(6, -1) == 3


def test_a_section_collapsed_below_its_header_leaves_the_header_at_the_top():
    before = Geometry(sections_of([100, 100], set()), 500, 128)
    after = Geometry(sections_of([100, 100], {1}), 500, 128)
    into_second = before.header_box(1).y + 700
    assert after.offset_after(before, into_second) == after.header_box(1).y


def test_a_section_collapsed_further_up_leaves_what_one_looks_at_where_it_is():
    before = Geometry(sections_of([100, 100], set()), 500, 128)
    after = Geometry(sections_of([100, 100], {0}), 500, 128)
    offset = before.box(150).y
    assert after.offset_after(before, offset) == after.box(150).y
