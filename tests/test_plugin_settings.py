import json
from pathlib import Path

import pytest

from kaoping.errors import EnvironmentError
from kaoping.settings import Enabled, Settings, cache_folder, config_folder, load_settings, save_settings

ENTRY = Enabled("kaoping-one", "1.0", "ab" * 32, "", "2026-03-01T08:00:00+00:00", "李主任")


def test_the_folder_is_the_one_named_in_the_environment(tmp_path):
    assert config_folder({"KAOPING_CONFIG": str(tmp_path / "考评")}) == tmp_path / "考评"
    assert config_folder({"KAOPING_CONFIG": "~/kp"}) == Path.home() / "kp"


def test_without_one_it_is_where_the_system_keeps_a_users_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("KAOPING_CONFIG", raising=False)
    assert config_folder({}).name == "kaoping"


def test_what_can_be_made_again_is_kept_apart_from_settings(tmp_path):
    assert cache_folder({"KAOPING_CACHE": str(tmp_path / "考评")}) == tmp_path / "考评"
    assert cache_folder({}).name == "kaoping"
    assert cache_folder({}) != config_folder({})


def test_nothing_is_enabled_where_there_is_no_file(tmp_path):
    settings = load_settings(tmp_path / "not there")
    assert (settings.enabled, settings.disabled) == ({}, frozenset())


def test_what_is_saved_is_loaded_again(tmp_path):
    settings = load_settings(tmp_path / "a" / "b").enable("one", ENTRY).turn_off("durable").turn_off("stars")
    save_settings(settings)
    assert load_settings(tmp_path / "a" / "b") == settings
    save_settings(settings.forget("one").turn_on("durable"))
    left = load_settings(tmp_path / "a" / "b")
    assert (left.enabled, left.disabled) == ({}, frozenset({"stars"}))


def test_the_file_says_who_enabled_what_when_in_readable_form(tmp_path):
    save_settings(load_settings(tmp_path).enable("one", ENTRY))
    assert (tmp_path / "plugins.json").read_text(encoding="utf-8") == (
        """{
  "format": 1,
  "enabled": {
    "one": {
      "distribution": "kaoping-one",
      "version": "1.0",
      "digest": "DIGEST",
      "path": "",
      "at": "2026-03-01T08:00:00+00:00",
      "by": "李主任"
    }
  },
  "disabled": []
}
""".replace("DIGEST", ENTRY.digest)
    )


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    save_settings(load_settings(tmp_path).turn_off("durable"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EnvironmentError) as caught:
        save_settings(load_settings(tmp_path).turn_off("stars"))
    assert caught.value.text("zh") == f"不能写入配置文件夹 {tmp_path}：磁盘满了"
    assert caught.value.text("en") == f"cannot write the configuration folder {tmp_path}: the disk is full"
    assert [file.name for file in tmp_path.iterdir()] == ["plugins.json"]
    assert load_settings(tmp_path).disabled == frozenset({"durable"})


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EnvironmentError) as caught:
        save_settings(Settings(tmp_path / "file" / "plugins.json"))
    assert caught.value.exit_code == 3
    assert caught.value.hint("zh") == "检查文件夹权限，或用环境变量 KAOPING_CONFIG 指定另一个配置文件夹"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "plugins.json").mkdir()
    with pytest.raises(EnvironmentError) as caught:
        load_settings(tmp_path)
    assert caught.value.text("zh") == f"读不到设置文件 {tmp_path / 'plugins.json'}：它是文件夹"
    assert caught.value.text("en") == f"cannot read the settings file {tmp_path / 'plugins.json'}: it is a folder"


def enabled(**changes: object) -> str:
    entry = {"distribution": "d", "version": "1", "digest": "ab", "path": "", "at": "", "by": ""} | changes
    return json.dumps({"format": 1, "enabled": {"one": entry}, "disabled": []})


@pytest.mark.parametrize(
    ("content", "where", "problem"),
    [
        (b"", ":1:1", "Expecting value"),
        (b'{"format": 1,\n "enabled": {]', ":2:14", "Expecting property name enclosed in double quotes"),
        (b"\xff\xfe", "", "not UTF-8"),
        (b"[]", "", 'no "format": 1'),
        (b'{"format": 2}', "", 'no "format": 1'),
        (b'{"format": 1, "enabled": []}', "", '"enabled"'),
        (b'{"format": 1, "disabled": [1]}', "", '"disabled"'),
        (enabled(digest="").encode(), "", '"enabled": "one": "digest"'),
        (enabled(digest=None).encode(), "", '"enabled": "one"'),
        (enabled(trusted="yes").encode(), "", '"enabled": "one"'),
        (b"[" * 100_000, "", "nested too deeply"),
    ],
)
def test_a_damaged_file_is_an_error_and_never_a_guess(tmp_path, content, where, problem):
    file = tmp_path / "plugins.json"
    file.write_bytes(content)
    with pytest.raises(EnvironmentError) as caught:
        load_settings(tmp_path)
    place = f"{file}{where}: " if where else ""
    assert caught.value.text("zh") == f"{place}设置文件 {file} 已损坏：{problem}"
    assert caught.value.text("en") == f"{place}the settings file {file} is damaged: {problem}"
    assert caught.value.exit_code == 3
    assert caught.value.hint("zh") == ("从备份恢复；或删除它，再逐个启用外来插件（kaoping plugin enable 插件名）")
