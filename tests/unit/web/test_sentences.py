from flask import Flask
from flask_babel import force_locale

from studio.web.sentences import said


def in_korean(app: Flask, sentence: str | None) -> str:
    with app.test_request_context(), force_locale("ko"):
        return said(sentence)


def test_a_sentence_made_below_the_pages_is_read_in_the_readers_language(app: Flask) -> None:
    assert in_korean(app, "There is no such group.") == "없는 그룹입니다."
    with app.test_request_context():
        assert said("There is no such group.") == "There is no such group."


def test_the_values_in_a_sentence_stay_as_they_are(app: Flask) -> None:
    assert in_korean(app, "The file is larger than 50 MB.") == "파일이 50 MB보다 큽니다."
    assert in_korean(app, "v2 is the champion already.") == "이미 챔피언입니다: v2."


def test_an_error_told_within_a_sentence_is_translated_too(app: Flask) -> None:
    told = in_korean(app, "The step measure failed: There is no such group.")
    assert told == "실패한 단계 measure: 없는 그룹입니다."


def test_what_no_catalogue_knows_is_shown_as_it_is(app: Flask) -> None:
    assert in_korean(app, "Segmentation fault 100 % certain") == "Segmentation fault 100 % certain"
    assert in_korean(app, None) == in_korean(app, "") == ""
