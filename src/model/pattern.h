#pragma once

#include <string>
#include <string_view>

namespace model {

// Whether `text` satisfies a pattern of the models. Patterns are Java's; they match the whole text, unless they are
// anchored at one end only, which says that the rest is free. What RE2 lacks is checked more loosely (look-around,
// repetition above 1,000) or not at all (back-references): no text that AWS accepts is refused. Compiled once each,
// thread-safe. `pattern` must be a text of the loaded models: it is recognised by its address.
bool matches_pattern(std::string_view text, std::string_view pattern);

// The pattern in RE2's syntax; and whether RE2 can check it at all.
std::string to_re2_syntax(std::string_view pattern);
bool is_pattern_supported(std::string_view pattern);

}  // namespace model
