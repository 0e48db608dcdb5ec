"""What each role may do."""

from typing import get_args

import pytest

from sightline.errors import RefusedError
from sightline.people.roles import Permission, is_allowed, permissions, require
from sightline.wire.signalling import Role

ROLES: tuple[Role, ...] = get_args(Role)


def test_every_role_has_permissions() -> None:
    assert all(permissions(role) for role in ROLES)


def test_every_permission_is_given_to_somebody() -> None:
    assert {permission for role in ROLES for permission in permissions(role)} == set(Permission)


def test_only_an_admin_manages_people() -> None:
    assert [role for role in ROLES if is_allowed(role, Permission.MANAGE_PEOPLE)] == ["admin"]


def test_a_guest_may_only_be_a_guest() -> None:
    assert permissions("guest") == (Permission.JOIN_AS_GUEST,)
    assert [role for role in ROLES if is_allowed(role, Permission.JOIN_AS_GUEST)] == ["guest"]


def test_who_invites_also_hosts() -> None:
    for role in ROLES:
        assert is_allowed(role, Permission.INVITE) == is_allowed(role, Permission.HOST_CALLS)


def test_a_missing_permission_is_refused() -> None:
    require("admin", Permission.MANAGE_PEOPLE)
    with pytest.raises(RefusedError) as refused:
        require("worker", Permission.INVITE)
    assert refused.value.code == "not_allowed"
    assert refused.value.hint
