#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dynamodb {

struct StatementToken {
  enum class Kind { kWord, kQuoted, kText, kNumber, kSymbol, kEnd };

  Kind kind = Kind::kEnd;
  std::string text;  // without quotes
};

// The words of a PartiQL statement, ended by one of kEnd. Errors in AWS's words.
base::Result<std::vector<StatementToken>> read_statement_tokens(std::string_view text);
std::unexpected<base::Error> malformed_statement(std::string_view what);

}  // namespace dynamodb
