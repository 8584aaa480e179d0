#pragma once

#include <expected>
#include <memory>
#include <string>
#include <utility>

namespace base {

class Value;

// Why something could not be done. `code` is the AWS error code as clients see it ("QueueDoesNotExist") or, below the
// services, a short CamelCase word of ours ("Conflict"); `message` is a sentence for a person.
struct Error {
  std::string code;
  std::string message;
  // Modelled members of the error besides its message, a map; null for most errors.
  std::shared_ptr<const Value> details = nullptr;
};

// A detail that is not shown: the HTTP status of the error, where not its code decides that.
inline constexpr const char* kStatusDetail = "VirgaStatus";

// The value, or why there is none. Expected failures travel as values; nothing of ours throws across a layer.
template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string code, std::string message) {
  return std::unexpected(Error{std::move(code), std::move(message)});
}

}  // namespace base

// TRY(expression): its value, or return its error from the enclosing function.
#define TRY(expression)                                                       \
  __extension__({                                                             \
    auto try_result_ = (expression);                                          \
    if (!try_result_) return std::unexpected(std::move(try_result_).error()); \
    *std::move(try_result_);                                                  \
  })

// TRY_VOID(expression): for results without a value.
#define TRY_VOID(expression)                                                                                   \
  do {                                                                                                         \
    if (auto try_result_ = (expression); !try_result_) return std::unexpected(std::move(try_result_).error()); \
  } while (0)
