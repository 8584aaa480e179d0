#include "kernel/body.h"

namespace kernel {

base::Result<void> gather_body(const model::Operation& operation, AnswerBody& body, base::Value& output) {
  std::string gathered, piece;
  for (AnswerBody::Next next = AnswerBody::Next::kData; next == AnswerBody::Next::kData;) {
    piece.clear();
    next = body.next(piece);
    gathered += piece;
    // A body that comes later would need the turn that waits for it here.
    if (next == AnswerBody::Next::kFail || next == AnswerBody::Next::kLater || gathered.size() > kGatheredBodyBytesMax)
      return base::fail("InternalFailure", "The body of an answer could not be read.");
  }
  std::string_view name = operation.output->payload;
  for (const model::Member& member : operation.output->members)
    if (member.shape->event_stream || (name.empty() && member.shape->streaming)) name = member.name;
  output.set(name, std::move(gathered));
  return {};
}

}  // namespace kernel
