"""Run with: python3 -m unittest discover tools/tests"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import compile_models
import overlays


def small_model():
    return {
        "metadata": {"virgaProtocols": ["json-1.0"]},
        "operations": {"Put": {"http": {"method": "POST"}, "output": {"shape": "Answer"}}},
        "shapes": {
            "Answer": {"type": "structure", "members": {"Name": {"shape": "Name"}}},
            "Name": {"type": "string", "min": 1, "enum": ["A"]},
            "Gone": {"type": "structure", "members": {}, "exception": True},
        },
    }


class OverlayTest(unittest.TestCase):
    def apply(self, **overlay):
        model = small_model()
        overlays.apply(model, overlay, "overlay.json")
        return model

    def refused(self, **overlay):
        with self.assertRaises(overlays.OverlayError) as caught:
            self.apply(**overlay)
        return str(caught.exception)

    def test_patches_go_deep_and_null_removes(self):
        model = self.apply(
            shapes={
                "Name": {"reason": "r", "min": None, "enum+": ["B", "A"]},
                "Answer": {"reason": "r", "members": {"Name": {"queryName": "N"}}},
            }
        )
        self.assertEqual(model["shapes"]["Name"], {"type": "string", "enum": ["A", "B"]})
        self.assertEqual(model["shapes"]["Answer"]["members"]["Name"], {"shape": "Name", "queryName": "N"})

    def test_operations_and_protocols(self):
        model = self.apply(
            operations={"Put": {"reason": "r", "output": {"resultWrapper": "PutResult"}}},
            protocols=[{"name": "query", "reason": "r"}],
        )
        self.assertEqual(model["operations"]["Put"]["output"], {"shape": "Answer", "resultWrapper": "PutResult"})
        self.assertEqual(model["metadata"]["virgaProtocols"], ["json-1.0", "query"])

    def test_internal_operations_have_no_path(self):
        entry = {"reason": "r", "input": "Answer", "output": "Answer"}
        model = self.apply(internal={"Visit": entry})
        self.assertEqual(model["operations"]["Visit"]["http"], {"method": "", "requestUri": ""})
        self.assertIn("internal.Put", self.refused(internal={"Put": entry}))
        self.assertIn("wants an input", self.refused(internal={"Visit": {"reason": "r"}}))

    def test_errors_are_added_or_completed(self):
        model = self.apply(
            errors=[
                {"name": "Gone", "code": "Service.Gone", "status": 404, "reason": "r"},
                {"name": "New", "status": 500, "fault": "server", "reason": "r"},
            ]
        )
        self.assertEqual(model["shapes"]["Gone"]["error"], {"code": "Service.Gone", "httpStatusCode": 404})
        self.assertEqual(model["shapes"]["New"]["error"], {"httpStatusCode": 500, "senderFault": False})
        self.assertTrue(model["shapes"]["New"]["exception"])

    def test_misspellings_and_missing_reasons_are_refused(self):
        self.assertIn("not in the model", self.refused(shapes={"Nmae": {"reason": "r", "min": 2}}))
        self.assertIn("not in the model", self.refused(operations={"Putt": {"reason": "r"}}))
        self.assertIn(
            "not in the model",
            self.refused(shapes={"Answer": {"reason": "r", "members": {"Nmae": {"queryName": "N"}}}}),
        )
        self.assertIn("nothing to remove", self.refused(shapes={"Name": {"reason": "r", "max": None}}))
        self.assertIn("wants a reason", self.refused(shapes={"Name": {"min": None}}))
        self.assertIn("unknown sections", self.refused(shape={}))
        self.assertIn("no exception", self.refused(errors=[{"name": "Answer", "reason": "r"}]))


class NamesTest(unittest.TestCase):
    def test_namespaces(self):
        self.assertEqual(compile_models.namespace_of("cognito-idp"), "cognito_idp")
        self.assertEqual(compile_models.namespace_of("connect"), "connect_")
        self.assertEqual(compile_models.namespace_of("export"), "export_")

    def test_varints(self):
        self.assertEqual([compile_models.varint(n).hex() for n in (0, 127, 128, 300)], ["00", "7f", "8001", "ac02"])


if __name__ == "__main__":
    unittest.main()
