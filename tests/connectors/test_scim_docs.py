"""The examples of docs/scim.md are settings that this connector takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from offboard.connectors import scim
from offboard.connectors._scim_offers import PRODUCTS, Product

PAGE = (Path(__file__).parents[2] / "docs" / "scim.md").read_text(encoding="utf-8")
BLOCKS = {name: table for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
          for name, table in tomllib.loads(block)["systems"].items()}  # fmt: skip


@pytest.mark.parametrize("name", ["slack", "github", "aws", "atlassian"])
def test_each_products_example_is_valid(name: str):
    settings = scim.Settings.model_validate(BLOCKS[name])
    assert (settings.kind, settings.product) == ("scim", name)
    assert settings.url.startswith("https://")
    assert settings.token is not None


def test_the_page_names_every_setting_and_every_product():
    assert set(BLOCKS) == set(PRODUCTS) - {"generic"}
    assert set(get_args(Product)) == set(PRODUCTS)
    for word in [*scim.Settings.model_fields, *PRODUCTS]:
        assert f"`{word}`" in PAGE or word == "kind" or f"`{word} =" in PAGE, word
