#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/body_source.h"
#include "base/result.h"
#include "base/value.h"
#include "model/shape.h"

// Bodies too big to be members of a Value: requests' bodies taken while they arrive, and answers' made while they are
// sent. Only operations whose model says that a blob is streamed have them.
namespace kernel {

// Takes the body of a request while it arrives, before its operation runs; made by the service (Service::make_intake)
// as soon as the head of the request is read and its caller may call the operation. The operation then finds it as
// `call.intake()`, whole, at each of its attempts. It is destroyed when the call is over, or when the client goes away
// before its end; what was taken and not attached to a commit (see Attachment) must then leave nothing behind.
// Everything happens on one lane's thread, but not inside of a transaction.
class BodyIntake {
 public:
  virtual ~BodyIntake() = default;
  // The next bytes; of any number. An error refuses the request, with the rest of its body unread.
  virtual base::Result<void> take(std::string_view bytes) = 0;
  // That was all. What the client claimed of the whole (its length, the hash in its signature) has been verified.
  virtual base::Result<void> end() = 0;
};

// What is known of a body that is about to arrive.
struct BodyAhead {
  std::optional<std::uint64_t> length;  // without the framing of its transport
  std::vector<std::string> trailers;    // names in lower case of what follows the body: "x-amz-checksum-crc32"
};

// The body of an answer, made piece by piece while it is sent: `call.answer_with(…)`. It outlives the call and its
// transaction, so it reads what it had opened before. All of it happens on the lane's thread.
using AnswerBody = base::BodySource;

// Reads such a body into the member of the output that it stands for, for those who want it as a whole. Errors:
// InternalFailure, where it cannot be read or is longer than kGatheredBodyBytesMax.
inline constexpr std::size_t kGatheredBodyBytesMax = 512 * 1024 * 1024;
base::Result<void> gather_body(const model::Operation& operation, AnswerBody& body, base::Value& output);

// What an attempt has made outside of the store: `call.attach(…)`. It lives until the attempt is over. Where the
// attempt's transaction commits it is told so; where not, it goes without a word and takes back what it made.
class Attachment {
 public:
  virtual ~Attachment() = default;
  virtual void on_commit() = 0;
};

}  // namespace kernel
