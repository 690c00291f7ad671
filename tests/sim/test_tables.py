"""Tables: columns as declared, rows as views that write through."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sim.agents.tables import Column, RowView, Table, cells, column
from sim.numerics.arrays import Bool, Float, Int


class Ships(Table):
    """A small fleet."""

    cargo: Float = column(float, "t", "What it carries")
    crew: Int = column(int, "1", "People on board")
    afloat: Bool = column(bool, "1", "Whether it floats")
    fare: Float = column(float, "$", "Fare to each port", shape=("ports",))
    tolls: Float = column(float, "$", "Toll between ports", shape=("ports", "ports"))


@cells(Ships)
class Ship(RowView):
    """One of them."""

    def __init__(self, table: Ships, row: int) -> None:
        self.table = table
        self.row = row


@pytest.fixture
def ships() -> Ships:
    return Ships(4, ports=3)


def test_every_declared_column_is_present_with_its_shape_and_type(ships: Ships) -> None:
    assert list(ships.columns) == ["cargo", "crew", "afloat", "fare", "tolls"]
    assert {name: array.shape for name, array in ships.items()} == {
        "cargo": (4,),
        "crew": (4,),
        "afloat": (4,),
        "fare": (4, 3),
        "tolls": (4, 3, 3),
    }
    types = [np.float64, np.int64, np.bool_, np.float64, np.float64]
    assert [array.dtype for _, array in ships.items()] == types
    assert all(not array.any() for _, array in ships.items())
    assert len(ships) == 4


def test_a_column_keeps_its_unit_and_its_meaning() -> None:
    assert Ships.columns["fare"] == Column(float, "$", "Fare to each port", ("ports",))
    assert Ships.columns["cargo"].shape == ()


def test_items_are_the_arrays_themselves(ships: Ships) -> None:
    dict(ships.items())["cargo"][2] = 7.0
    assert ships.cargo.tolist() == [0.0, 0.0, 7.0, 0.0]


def test_tables_do_not_share_their_arrays(ships: Ships) -> None:
    other = Ships(4, ports=3)
    ships.cargo[:] = 1.0
    assert not other.cargo.any()


def test_a_dimension_without_a_size_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="ports"):
        Ships(4)


def test_a_subclass_adds_columns_and_leaves_its_parent_alone() -> None:
    class Steamers(Ships):
        coal: Float = column(float, "t", "Coal on board")

    assert list(Steamers.columns) == [*Ships.columns, "coal"]
    assert "coal" not in Ships.columns
    assert Table.columns == {}
    assert Steamers(2, ports=1).coal.shape == (2,)


def test_a_row_reads_and_writes_the_table(ships: Ships) -> None:
    ship = Ship(ships, 1)
    ship.cargo = 5.5
    ship.crew += 3
    ship.afloat = True
    ship.fare = [1.0, 2.0, 3.0]
    ship.fare[2] = 9.0
    ship.tolls[0, 1] = 4.0
    assert ships.cargo.tolist() == [0.0, 5.5, 0.0, 0.0]
    assert ships.crew.tolist() == [0, 3, 0, 0]
    assert ships.afloat.tolist() == [False, True, False, False]
    assert ships.fare[1].tolist() == [1.0, 2.0, 9.0]
    assert ships.tolls.sum() == ships.tolls[1, 0, 1] == 4.0
    assert ships.fare[[0, 2, 3]].sum() == 0.0
    ships.cargo *= 2.0
    assert ship.cargo == 11.0


def test_two_views_of_a_row_are_one_row(ships: Ships) -> None:
    Ship(ships, 3).cargo = 2.0
    assert Ship(ships, 3).cargo == 2.0
    assert Ship(ships, 2).cargo == 0.0


def test_a_row_follows_a_column_that_was_replaced(ships: Ships) -> None:
    """Mechanisms may assign a new array; a row is the row of whatever the table holds."""
    ship = Ship(ships, 0)
    ships.cargo = np.array([8.0, 0.0, 0.0, 0.0])
    assert ship.cargo == 8.0
    ship.cargo = 9.0
    assert ships.cargo[0] == 9.0


def test_a_row_holds_no_values_of_its_own(ships: Ships) -> None:
    ship = Ship(ships, 1)
    ship.cargo = 5.5
    assert vars(ship) == {"table": ships, "row": 1}


def test_a_row_without_such_a_row_is_an_error(ships: Ships) -> None:
    with pytest.raises(IndexError):
        _ = Ship(ships, 4).cargo
    with pytest.raises(IndexError):
        Ship(ships, 4).cargo = 1.0


def test_row_and_table_stay_together_through_a_pickle(ships: Ships) -> None:
    ship = Ship(ships, 1)
    ship.cargo = 5.5
    copy = pickle.loads(pickle.dumps(ship))
    copy.cargo = 6.5
    assert copy.table.cargo[1] == 6.5
    assert ships.cargo[1] == 5.5


def test_a_table_grows_and_keeps_its_rows(ships: Ships) -> None:
    ship = Ship(ships, 3)
    ship.cargo, ship.afloat, ship.tolls = 5.5, True, np.arange(9.0).reshape(3, 3)
    ships.grow(7)
    assert len(ships) == 7
    assert {name: array.shape[0] for name, array in ships.items()} == dict.fromkeys(ships.columns, 7)
    assert [array.dtype for _, array in ships.items()] == [array.dtype for _, array in Ships(1, ports=3).items()]
    assert (ship.cargo, ship.afloat, ship.tolls.sum()) == (5.5, True, 36.0)
    assert all(not array[[0, 1, 2, 4, 5, 6]].any() for _, array in ships.items())
    ship.crew = 2
    Ship(ships, 6).crew = 3
    assert ships.crew.tolist() == [0, 0, 0, 2, 0, 0, 3]


def test_a_table_may_start_without_rows() -> None:
    ships = Ships(0, ports=3)
    ships.grow(2)
    assert ships.tolls.shape == (2, 3, 3)
