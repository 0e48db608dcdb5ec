"""Who is told what. The pages and the store are those of `scene.py`: no socket is opened."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import ProtocolError, RefusedError
from sightline.server.page import BROKEN, NOT_SIGNED_IN, REPLACED
from sightline.wire import signalling as wire
from sightline.wire.resume import MAX_UNACKNOWLEDGED
from tests.unit.server.scene import Scene, describe


async def test_a_guest_who_knocks_is_shown_to_the_host() -> None:
    scene = Scene()
    maria = scene.person()
    assert (await maria.connect()).calls == []
    anna = await scene.guest()
    await anna.connect()
    assert [(shown.name, shown.state) for shown in maria.call().participants] == [
        ("Maria", "admitted"),
        ("Anna", "waiting"),
    ]
    assert all(shown.is_connected for shown in maria.call().participants)


async def test_descriptions_and_candidates_reach_the_other_side_only() -> None:
    maria, anna = await Scene().call_of_two()
    maria.say(describe(maria, anna, "the offer"))
    described = anna.told(wire.Described)
    assert [(message.sender, message.description.sdp) for message in described] == [(maria.call().you, "the offer")]
    assert described[0].sender_instance == "page-of-maria"
    assert maria.told(wire.Described) == []


async def test_before_being_let_in_nothing_is_passed_on() -> None:
    scene = Scene()
    maria, anna = scene.person(), await scene.guest()
    await maria.connect()
    await anna.connect()
    anna.say(describe(anna, maria))
    assert maria.told(wire.Described) == []
    assert [problem.code for problem in anna.told(wire.Problem)] == ["not_admitted"]


async def test_a_guest_can_do_nothing_in_another_call() -> None:
    scene = Scene()
    maria, _ = await scene.call_of_two()
    stranger = scene.guest_at("another-call", "nobody", "Eve")
    await stranger.connect()
    stranger.say(wire.Leave(call=maria.call().id))
    assert [problem.code for problem in stranger.told(wire.Problem)] == ["no_such_call"]
    assert maria.call().phase == "open"


async def test_a_dropped_socket_loses_and_doubles_nothing() -> None:
    maria, anna = await Scene().call_of_two()
    session = anna.session
    assert session is not None
    anna.lose_socket()
    maria.say(describe(maria, anna, "said meanwhile"))
    welcome = await anna.connect(session.id)
    assert welcome.is_resumed
    assert [message.description.sdp for message in anna.told(wire.Described)] == ["said meanwhile"]
    assert len({frame.seq for frame in anna.frames[1:]}) == len(anna.frames[1:])
    assert welcome.received == anna.seq


async def test_what_the_page_says_twice_is_done_once() -> None:
    maria, anna = await Scene().call_of_two()
    maria.say(describe(maria, anna))
    maria.say(describe(maria, anna), seq=maria.seq)
    maria.seq -= 1
    assert len(anna.told(wire.Described)) == 1


async def test_a_gap_breaks_the_protocol() -> None:
    maria, _ = await Scene().call_of_two()
    with pytest.raises(ProtocolError, match="came after"):
        maria.say(wire.Leave(call=maria.call().id), seq=maria.seq + 5)


async def test_a_lost_socket_is_shown_and_ejects_nobody() -> None:
    maria, anna = await Scene().call_of_two()
    anna.lose_socket()
    assert [(shown.state, shown.is_connected) for shown in maria.call().participants] == [
        ("admitted", True),
        ("admitted", False),
    ]


async def test_a_page_loaded_anew_is_another_instance_of_the_same_participant() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    anna.instance = "page-loaded-anew"
    anna.heard = 0
    welcome = await anna.connect()
    assert not welcome.is_resumed
    assert [shown.instance for shown in maria.call().participants] == ["page-of-maria", "page-loaded-anew"]


async def test_the_newest_page_wins_and_the_older_one_is_told() -> None:
    scene = Scene()
    older, newer = scene.person(instance="older"), scene.person(instance="newer")
    await older.connect()
    await newer.connect()
    assert older.closed == REPLACED
    older.lose_socket()
    assert newer.closed is None
    assert scene.switchboard.presence_of("maria") == "available"


async def test_somebody_elses_session_cannot_be_resumed() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    assert maria.session is not None
    maria.say(describe(maria, anna))
    anna.heard = 0
    welcome = await anna.connect(maria.session.id)
    assert not welcome.is_resumed
    assert welcome.session != maria.session.id
    assert anna.told(wire.Described) == []


async def test_a_restart_of_the_server_ends_no_call() -> None:
    first = Scene()
    await first.switchboard.open()
    maria, anna = await first.call_of_two()
    call, seat = anna.call().id, anna.call().you
    await first.switchboard.close()

    second = Scene(first.archive)
    await second.switchboard.open()
    maria_again, anna_again = second.person(), second.guest_at(call, seat)
    welcome = await maria_again.connect(maria.session.id if maria.session else None)
    await anna_again.connect()
    assert not welcome.is_resumed
    assert [call.id for call in welcome.calls] == [call]
    assert [shown.state for shown in anna_again.call().participants] == ["admitted", "admitted"]
    maria_again.say(describe(maria_again, anna_again))
    assert len(anna_again.told(wire.Described)) == 1
    await second.switchboard.close()


async def test_a_call_that_has_ended_is_not_taken_up_again() -> None:
    scene = Scene()
    await scene.switchboard.open()
    maria, anna = await scene.call_of_two()
    anna.say(wire.Leave(call=anna.call().id))
    assert maria.call().phase == "ended"
    await scene.switchboard.close()
    assert list(await scene.archive.open_calls()) == []


async def test_after_a_call_has_ended_the_next_guest_gets_a_new_one() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    first = maria.call().id
    maria.say(wire.Leave(call=first))
    ben = await scene.guest("Ben")
    await ben.connect()
    assert ben.call().id != first
    assert maria.call().id == ben.call().id
    assert anna.call().phase == "ended"


async def test_a_host_is_busy_from_the_first_guest_let_in_until_the_end() -> None:
    scene = Scene()
    maria = scene.person()
    await maria.connect()
    anna = await scene.guest()
    await anna.connect()
    assert scene.switchboard.presence_of("maria") == "available"
    maria.say(wire.Admit(call=maria.call().id, participant=anna.call().you))
    assert scene.switchboard.presence_of("maria") == "busy"
    maria.say(wire.Leave(call=maria.call().id))
    assert scene.switchboard.presence_of("maria") == "available"


async def test_members_are_shown_to_members_and_the_host_to_the_guest() -> None:
    scene = Scene()
    maria, wim = scene.person(), scene.person("wim")
    await maria.connect()
    assert [(shown.id, shown.presence) for shown in (await wim.connect()).people] == [
        ("maria", "available"),
        ("wim", "offline"),
    ]
    anna = await scene.guest()
    assert [shown.id for shown in (await anna.connect()).people] == ["maria"]


async def test_a_guest_of_nobody_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        await Scene().switchboard.seat_guest(host_person_id="nobody", invite_id="i", guest_name="Anna", now=0.0)
    assert refused.value.code == "host_gone"


async def test_whoever_is_locked_out_is_hung_up_on_and_their_call_ends() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    await scene.switchboard.close_sessions(person_id="maria")
    assert maria.closed == NOT_SIGNED_IN
    assert anna.call().phase == "ended"


async def test_signing_out_elsewhere_leaves_the_call_alone() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    await scene.switchboard.close_sessions(person_id="maria", session_id="another sign-in")
    await scene.switchboard.close_sessions(person_id="maria", but="sign-in")
    assert (maria.closed, anna.call().phase) == (None, "open")
    await scene.switchboard.close_sessions(person_id="maria", session_id="sign-in")
    assert maria.closed == NOT_SIGNED_IN
    assert anna.call().phase == "ended"


async def test_a_password_changed_elsewhere_signs_out_and_keeps_the_call() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    await scene.switchboard.close_sessions(person_id="maria", but="another sign-in")
    assert maria.closed == NOT_SIGNED_IN
    assert anna.call().phase == "open"


async def test_a_guest_admits_nobody_and_not_themselves() -> None:
    scene = Scene()
    maria, anna = scene.person(), await scene.guest()
    await maria.connect()
    await anna.connect()
    anna.say(wire.Admit(call=anna.call().id, participant=anna.call().you))
    assert [problem.code for problem in anna.told(wire.Problem)] == ["not_allowed"]
    assert [shown.state for shown in maria.call().participants] == ["admitted", "waiting"]


async def test_a_page_that_floods_is_hung_up_on_long_before_it_harms_others() -> None:
    scene = Scene()
    maria, anna = scene.person(), await scene.guest()
    await maria.connect()
    await anna.connect()
    maria.acknowledges = False
    media = [wire.Media(microphone=state, camera=state) for state in ("on", "off")]

    def mute_and_unmute() -> None:
        for number in range(1000):
            anna.say(wire.SetMedia(call=anna.call().id, media=media[number % 2]))

    def talk_nonsense() -> None:
        for _ in range(1000):
            anna.say(wire.Leave(call="another"))

    with pytest.raises(ProtocolError, match="mutes"):
        mute_and_unmute()
    with pytest.raises(ProtocolError, match="messages a second"):
        talk_nonsense()
    assert maria.closed is None
    assert maria.session is not None
    assert maria.session.conversation.said < 60


async def test_a_page_that_comes_back_all_the_time_is_slowed_down() -> None:
    anna = await Scene().guest()

    async def come_and_go() -> None:
        for _ in range(100):
            await anna.connect()
            anna.lose_socket()

    with pytest.raises(ProtocolError, match="comes back too often"):
        await come_and_go()


async def test_a_page_too_far_behind_is_not_shown_as_present() -> None:
    scene = Scene()
    maria, wim = scene.person(), scene.person("wim")
    await maria.connect()
    await wim.connect()
    anna = await scene.guest()
    await anna.connect()
    assert maria.session is not None
    for _ in range(MAX_UNACKNOWLEDGED + 1):
        scene.switchboard._say(maria.session, wire.Problem(code="test", text="one of many"))
    assert maria.closed == BROKEN
    maria.lose_socket()
    assert [shown.is_connected for shown in anna.call().participants] == [False, True]
    assert not (await maria.connect(maria.session.id)).is_resumed
    assert all(shown.is_connected for shown in anna.call().participants)


@given(st.lists(st.tuples(st.sampled_from(["maria", "wim", "anna"]), st.sampled_from(["open", "lose", "new page"]))))
def test_whoever_has_a_socket_is_present_and_nobody_else(course: list[tuple[str, str]]) -> None:
    async def run() -> None:
        scene = Scene()
        anna = await scene.guest()
        pages = {"maria": scene.person(), "wim": scene.person("wim"), "anna": anna}
        is_open = dict.fromkeys(pages, False)
        for number, (who, what) in enumerate(course[:25]):
            page = pages[who]
            if what == "lose" and is_open[who]:
                page.lose_socket()
                is_open[who] = False
            elif what != "lose":
                if what == "new page":
                    page.instance, page.heard = f"page-{number}", 0
                await page.connect(page.session.id if page.session else None)
                is_open[who] = True
        call = next(iter(scene.switchboard._calls.values())).call
        connected = {seat.name: seat.gone_since is None for seat in call.viewers()}
        assert connected == {"Maria": is_open["maria"], "Anna": is_open["anna"]}
        # Presence has a grace: whoever is there is never shown as offline.
        assert all(scene.switchboard.presence_of(who) != "offline" for who in ("maria", "wim") if is_open[who])

    asyncio.run(run())


async def test_a_host_who_is_locked_out_without_a_page_open_leaves_the_call_too() -> None:
    scene = Scene()
    anna = await scene.guest()
    await anna.connect()
    await scene.switchboard.close_sessions(person_id="maria")
    assert anna.call().phase == "ended"


async def test_a_page_that_was_away_is_told_whose_presence_changed_meanwhile() -> None:
    scene = Scene()
    wim, maria = scene.person("wim"), scene.person()
    await wim.connect()
    assert wim.session is not None
    scene.switchboard._tell_people()
    wim.lose_socket()
    await maria.connect()
    scene.switchboard._tell_people()
    assert (await wim.connect(wim.session.id)).is_resumed
    told = [(person.id, person.presence) for message in wim.told(wire.PeopleChanged) for person in message.people]
    assert ("maria", "available") in told
