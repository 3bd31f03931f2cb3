import pytest

from studio.domain import roles
from studio.domain.vocabulary import Role


@pytest.mark.parametrize("role", Role)
def test_an_endpoint_the_table_does_not_name_is_for_nobody(role: Role) -> None:
    assert not roles.may(role, "comparisons.delete_everything")


def test_what_is_open_to_all_is_not_in_the_table_of_roles() -> None:
    assert not roles.OPEN & roles.MAY.keys()
