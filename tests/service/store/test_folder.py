"""The data folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from sightline.errors import DataFolderError, NewerDataError
from sightline.store.folder import open_data_folder


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "a" / "data") as folder:
        assert mode(folder.path) == 0o700
        assert mode(folder.certificates) == 0o700
        assert mode(folder.run) == 0o700
        assert folder.database_url == f"sqlite+aiosqlite:///{tmp_path}/a/data/sightline.db"


def test_a_folder_can_be_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        open_data_folder(tmp_path / "data").close()


def test_an_empty_folder_is_taken_over_and_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    tmp_path.chmod(0o755)
    with open_data_folder(tmp_path):
        assert mode(tmp_path) == 0o700


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear grandmother")
    tmp_path.chmod(0o755)
    with pytest.raises(DataFolderError, match="other files") as refused:
        open_data_folder(tmp_path)
    assert refused.value.hint
    assert mode(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_two_servers_cannot_share_a_folder(tmp_path: Path) -> None:
    program = f"""
import os, sys
from pathlib import Path
from sightline.store.folder import open_data_folder
with open_data_folder(Path({str(tmp_path / "data")!r})):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""
    other = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with other:
        assert other.stdout is not None
        pid = other.stdout.readline().strip()
        with pytest.raises(DataFolderError, match=f"process {pid}"):
            open_data_folder(tmp_path / "data")
        assert other.stdin is not None
        other.stdin.close()
        other.wait(10)
        open_data_folder(tmp_path / "data").close()


def test_the_folder_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    open_data_folder(tmp_path).close()
    (tmp_path / "layout").write_text("2\n")
    with pytest.raises(NewerDataError, match="layout 2"):
        open_data_folder(tmp_path)


def test_a_place_where_no_folder_can_be_is_the_operators_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderError) as refused:
        open_data_folder(tmp_path / "file" / "data")
    assert refused.value.hint
