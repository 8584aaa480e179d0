#pragma once

#include <string>

#include "base/value.h"

namespace server {

// What GET /_virga/explain answers, as text for people: who asked for what, the decision, and of each policy each
// statement and why it matched or not.
std::string explanation_text(const base::Value& answer);

}  // namespace server
