"""Whole calls between two browsers, verified by decoded frames and by what can be heard."""

import re
import signal

from tests.e2e.people import Expert, Guest, begin_call, timed
from tests.sightline_server import SightlineServer


def test_audio_and_video_flow_both_ways(expert: Expert, guest: Guest) -> None:
    guest.joins(expert.invites())
    expert.is_asked_by("Anna")
    with timed("letting in to picture and sound on both sides"):
        expert.lets_in()
        expert.sees_and_hears()
        guest.sees_and_hears()
    guest.tap("Leave")
    expert.sees(re.compile("has ended"))
    guest.sees("You have left the call")


def test_the_expert_hangs_up_and_the_guest_is_told(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    expert.tap("Hang up")
    guest.sees("The call has ended")
    expert.has_console()


def test_the_guest_loads_the_page_anew(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    with timed("guest's reload to picture and sound on both sides"):
        guest.page.reload()
        guest.is_in_call()
        guest.sees_and_hears()
        expert.sees_and_hears()


def test_the_expert_loads_the_page_anew(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    with timed("expert's reload to picture and sound on both sides"):
        expert.page.reload()
        expert.is_in_call()
        expert.sees_and_hears()
        guest.sees_and_hears()


def test_a_dropped_socket_leaves_the_media_running(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    for someone in (expert, guest):
        links, sockets = someone.links(), someone.sockets()
        someone.drop_socket()
        someone.sees_moving_picture()
        someone.has_new_socket(sockets)
        someone.sees_moving_picture()
        assert someone.links() == links, "the peer connection is the one from before"
    guest.tap("Mute")
    expert.sees("Muted")


def test_a_network_that_says_nothing_ejects_nobody(server: SightlineServer, expert: Expert, guest: Guest) -> None:
    """The server stands still: no close, no reset, no answer, on sockets that stay open. Pages find out by silence."""
    begin_call(expert, guest)
    links, sockets = (expert.links(), guest.links()), (expert.sockets(), guest.sockets())
    with server.frozen():
        for someone, before in ((expert, sockets[0]), (guest, sockets[1])):
            with timed("silence until a page opens another socket"):
                someone.page.wait_for_function("(n) => spiedSockets.length > n", arg=before, timeout=60_000)
        expert.sees_moving_picture(20)
        guest.sees_moving_picture(20)
    with timed("answers until a mute arrives"):
        guest.page.wait_for_function("() => spiedSockets.at(-1).readyState === 1", timeout=60_000)
        guest.tap("Mute")
        expert.sees("Muted")
    expert.sees_moving_picture()
    guest.sees_moving_picture()
    assert (expert.links(), guest.links()) == links, "the peer connections are those from before"
    assert not expert.faults + guest.faults


def test_a_killed_server_finds_the_call_again(server: SightlineServer, expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    links, sockets = (expert.links(), guest.links()), (expert.sockets(), guest.sockets())
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    expert.sees_moving_picture(20)
    guest.sees_moving_picture(20)
    server.start()
    expert.has_new_socket(sockets[0])
    guest.has_new_socket(sockets[1])
    guest.tap("Mute")
    expert.sees("Muted")
    expert.sees_moving_picture()
    assert (expert.links(), guest.links()) == links
    guest.tap("Leave")
    expert.sees(re.compile("has ended"))


def test_a_restarted_server_leaves_the_media_running(server: SightlineServer, expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    links = (expert.links(), guest.links())
    sockets = (expert.sockets(), guest.sockets())
    assert server.stop() == 0
    expert.sees_moving_picture(20)
    guest.sees_moving_picture(20)
    server.start()
    expert.has_new_socket(sockets[0])
    guest.has_new_socket(sockets[1])
    guest.tap("Mute")
    expert.sees("Muted")
    expert.sees_moving_picture()
    assert (expert.links(), guest.links()) == links
    assert not expert.faults + guest.faults


def test_a_guest_without_camera_and_microphone_sees_and_hears(expert: Expert, guest_without_devices: Guest) -> None:
    guest = guest_without_devices
    guest.opens(expert.invites())
    guest.asks_to_join("Ben")
    guest.goes_on_without()
    expert.is_asked_by("Ben")
    expert.lets_in()
    guest.sees_and_hears()


def test_a_guest_whose_browser_refuses_the_camera_is_told_what_to_do(
    expert: Expert, guest_without_devices: Guest
) -> None:
    guest = guest_without_devices
    guest.opens(expert.invites())
    guest.asks_to_join("Ben")
    guest.tap("Use camera and microphone")
    guest.page.wait_for_selector("[data-problem]")
    guest.goes_on_without()
    expert.is_asked_by("Ben")
    expert.sends_away()
    guest.sees("You were not let in")


def test_an_invite_works_once(expert: Expert, guest: Guest, guest_without_devices: Guest) -> None:
    link = expert.invites()
    guest.joins(link)
    expert.is_asked_by("Anna")
    guest_without_devices.opens(link)
    guest_without_devices.sees("This link has been used already")


def test_a_revoked_invite_works_no_longer(expert: Expert, guest: Guest) -> None:
    link = expert.invites("Revoke me")
    expert.page.get_by_role("button", name="Revoke the invite “Revoke me”").first.click()
    expert.page.locator("[data-invite-state=revoked]").first.wait_for()
    guest.opens(link)
    guest.sees("This link was withdrawn")


def test_presence_follows_the_call(expert: Expert, guest: Guest, colleague: Expert) -> None:
    colleague.sees_presence("Administrator", "available")
    guest.joins(expert.invites())
    expert.is_asked_by("Anna")
    expert.lets_in()
    colleague.sees_presence("Administrator", "busy")
    guest.tap("Leave")
    colleague.sees_presence("Administrator", "available")
    expert.page.close()
    colleague.sees_presence("Administrator", "offline")


def test_no_page_had_a_fault(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    guest.tap("Leave")
    expert.has_console()
    assert expert.faults + guest.faults == []
