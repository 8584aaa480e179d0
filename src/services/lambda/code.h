#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "services/lambda/layers.h"

// Archives of code: kept sealed, shared by all that have them, and read again.
namespace lambda {

// A KMS key for code, and the function it is for; an empty key: the vault seals it.
struct CodeSealing {
  std::string kms_key;
  std::string function_arn;
};

// Seals the archive and keeps it; answers its key in kCode. `unzipped_bytes`, for its row. Errors: KMS's own, and
// ServiceException where it cannot be written.
Result<std::string> keep_code(Call& call, std::string_view archive, std::int64_t unzipped_bytes,
                              const CodeSealing& sealing);
void share_code(Call& call, const std::string& code);  // one more has it
void leave_code(Call& call, const std::string& code);  // one less; the last one's leaving removes it

// The key of its frames. Errors: KMS's own.
Result<std::string> open_code_key(Call& call, const std::string& code, std::string_view function_arn,
                                  const kernel::Client& as);
// Gives the archive, from any thread, also when it has been removed meanwhile. `as`: who asks KMS.
Result<std::function<Result<std::string>()>> code_reader(Call& call, const std::string& code,
                                                         std::string_view function_arn, const kernel::Client& as);
Result<std::function<Result<std::string>()>> code_reader_with(Call& call, const std::string& code, std::string key);

// For the service's table of contents.
bool needs_blob(const store::Transaction& tx, std::string_view blob);
inline constexpr std::string_view kCodeGone = "CodeGone";  // an event of ours; its key is the blob
Result<void> bury_code(Call& call, const kernel::Event& event);

}  // namespace lambda
