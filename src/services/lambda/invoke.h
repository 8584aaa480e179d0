#pragma once

#include <string>
#include <string_view>

#include "services/lambda/run.h"

// What the operations that invoke functions share.
namespace lambda {

inline constexpr std::size_t kPayloadBytesMax = 6'291'456;
inline constexpr std::size_t kEventPayloadBytesMax = 1'048'576;

// Errors: InvalidRequestContentException, where it is not JSON.
Result<void> check_payload(const std::string& payload);
// X-Amz-Client-Context, decoded. Errors: InvalidRequestContentException.
Result<std::string> read_client_context(const std::string& base64);
// The function is told this id, and so is the client where it has called itself.
std::string request_id_of(Call& call);
// Tells the runs apart that are begun inside of one call.
std::string errand_of(const Call& call, In in, const std::string& payload);
// What LogType asks for, in base 64; empty: nothing.
std::string log_result(In in, const Run& run);

}  // namespace lambda
