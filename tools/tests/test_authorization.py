"""Run with: python3 -m unittest discover tools/tests"""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import compile_authorization


class SmallArchive:
    """Tables of one prefix with one action."""

    ACTION = {"name": "Put", "accessLevel": "Write", "resourceTypes": [], "conditionKeys": [], "dependentActions": []}
    FILES = {
        "data/actions/box.json": {"put": ACTION},
        "data/resourceTypes/box.json": {},
        "data/conditionKeys/box.json": {},
        "data/rcpSupportedServices.json": ["box"],
    }

    def names(self):
        return list(self.FILES)

    def read(self, name):
        return json.dumps(self.FILES[name]).encode()


class AuthorizationTest(unittest.TestCase):
    def map(self, operations, *entries):
        model = {"metadata": {"endpointPrefix": "box"}, "operations": operations, "shapes": {}}
        tables = compile_authorization.Tables(SmallArchive())
        own = {"box": list(entries)}
        return compile_authorization.map_operations({"box": model}, tables, {"services": {}}, own)["box"].actions

    def test_an_operation_is_the_action_of_its_name(self):
        self.assertEqual(self.map({"Put": {}}), {"Put": [("box:Put", "")]})

    def test_an_operation_without_an_action_is_refused(self):
        with self.assertRaisesRegex(compile_authorization.AuthorizationError, r"box \(box\): PutAll"):
            self.map({"Put": {}, "PutAll": {}})

    def test_an_entry_gives_another_action(self):
        entry = {"reason": "r", "operations": {"PutAll": "box:Put"}}
        self.assertEqual(self.map({"PutAll": {}}, entry), {"PutAll": [("box:Put", "")]})

    def test_operations_open_to_anybody_need_none(self):
        self.assertEqual(self.map({"SignUp": {"authtype": "none"}}), {"SignUp": []})

    def test_an_entry_must_have_a_reason_change_something_and_name_what_there_is(self):
        for entry in (
            {"operations": {"Put": "box:Put"}},
            {"reason": "r", "operations": {"Put": "box:Put"}},
            {"reason": "r", "operations": {"Put": "box:Nope"}},
            {"reason": "r", "operations": {"Nope": "box:Put"}},
            {"reason": "r", "newer": ["Put"]},
        ):
            with self.assertRaises(compile_authorization.AuthorizationError):
                self.map({"Put": {}}, entry)


if __name__ == "__main__":
    unittest.main()
