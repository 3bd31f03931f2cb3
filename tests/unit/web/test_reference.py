from flask.testing import FlaskClient

from studio.api.contract import ROOT


def test_the_page_of_the_api_shows_every_operation_of_its_document(client: FlaskClient) -> None:
    document = client.get(f"{ROOT}/openapi.json").json
    assert document
    page = client.get("/api").text
    for path, methods in document["paths"].items():
        assert path in page
        for operation in methods.values():
            assert operation["summary"] in page
