// GetRandomPassword.
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::int64_t kPasswordDefault = 32;

std::vector<std::string> included_types(In in) {
  std::vector<std::string> types;
  auto include = [&](std::string_view characters) {
    std::string kept;
    for (char c : characters)
      if (!in.str("ExcludeCharacters").contains(c)) kept += c;
    if (!kept.empty()) types.push_back(std::move(kept));
  };
  if (!in.flag("ExcludeLowercase")) include("abcdefghijklmnopqrstuvwxyz");
  if (!in.flag("ExcludeUppercase")) include("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  if (!in.flag("ExcludeNumbers")) include("0123456789");
  if (!in.flag("ExcludePunctuation")) include("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
  return types;
}

}  // namespace

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
base::Result<Out> GetRandomPassword(Call& call, In in) {
  const auto length = static_cast<std::size_t>(in.num("PasswordLength", kPasswordDefault));
  const std::vector<std::string> types = included_types(in);
  // A space may be there and need not.
  std::string all = in.flag("IncludeSpace") && !in.str("ExcludeCharacters").contains(' ') ? " " : "";
  if (types.empty() && all.empty())
    return error("InvalidParameterException", "The password must contain at least one type of characters.");
  // "If you don't include this switch, the password contains at least one of every character type."
  const bool requires_each = !in.has("RequireEachIncludedType") || in.flag("RequireEachIncludedType");
  if (requires_each && length < types.size())
    return error("InvalidParameterException",
                 fmt::format("Password length {} is too short based on the required types.", length));

  std::string password;
  for (const std::string& type : types) {
    all += type;
    if (requires_each) password += type[call.dice(type.size())];
  }
  while (password.size() < length) password += all[call.dice(all.size())];
  for (std::size_t i = password.size() - 1; i > 0; --i) std::swap(password[i], password[call.dice(i + 1)]);
  return Out{{"RandomPassword", std::move(password)}};
}

}  // namespace secretsmanager
