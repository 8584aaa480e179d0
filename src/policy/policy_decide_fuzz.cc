// No question breaks the evaluator, and explaining decides the same. The input is lines: action, resource, the value of
// aws:username and aws:sourceip, then a document.
#include <cstdint>
#include <cstdlib>

#include "base/value.h"
#include "policy/test_support.h"

namespace {

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace policy;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string_view action = take_line(text), resource = take_line(text), value = take_line(text);
  MapContext context;
  for (const char* key : {"aws:username", "aws:sourceip", "aws:currenttime", "aws:sourcearn"})
    context.keys[key] = {std::string(value)};
  for (Kind kind : {Kind::kIdentity, Kind::kResource}) {
    auto compiled = compile(text, kind);
    if (!compiled) continue;
    Policies policies;
    if (kind == Kind::kIdentity)
      policies.identity.push_back({"fuzz", *compiled});
    else
      policies.resource = Source{"fuzz", *compiled};
    for (const Subject& subject : {kAlice, kWorker, Subject()}) {
      Question question{subject, action, resource, "", context};
      Decision decision = decide(question, policies);
      if ((explain(question, policies).at("decision").str() == "allowed") != decision.allowed()) std::abort();
      (void)denial_message(question, decision);
    }
  }
  return 0;
}
