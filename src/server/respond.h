#pragma once

#include "http/message.h"
#include "wire/wire.h"

namespace server {

// What a protocol has written, as HTTP sends it.
http::Response to_response(wire::Answer answer);

}  // namespace server
