#pragma once

#include "http/message.h"
#include "kernel/body.h"
#include "wire/wire.h"

namespace server {

// What a protocol has written, as HTTP sends it.
http::Response to_response(wire::Answer answer);

// What an operation answers piece by piece, likewise.
std::unique_ptr<http::BodySource> to_source(std::unique_ptr<kernel::AnswerBody> body);

}  // namespace server
