#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arn.h"
#include "policy/evaluate.h"

// Texts of policies with wildcards and variables, ready to be compared.
namespace policy {

// Wildcards inside a prepared text are bytes that UTF-8 does not have, so that a star can also be meant literally.
inline constexpr char kStar = '\xFF';
inline constexpr char kQuestion = '\xFE';

enum class Wildcards { kRead, kLiteral };
enum class Variables { kRead, kLiteral };
enum class Case { kSensitive, kIgnored };

// Whether the whole text matches. Takes time linear in the text for each part between stars that has no '?', and no
// more than the product of their lengths for those that do.
bool matches_glob(std::string_view glob, std::string_view text);

// A text without variables.
struct Glob {
  enum class Type { kAny, kLiteral, kPrefix, kWild };
  Type type = Type::kLiteral;
  std::string text;  // without the star of kPrefix

  Glob() = default;
  explicit Glob(std::string prepared);
  bool matches(std::string_view other) const;
};

// "bucket/${aws:username, 'nobody'}/*"
class Template {
 public:
  Template() = default;
  Template(std::string_view source, Wildcards wildcards, Variables variables, Case letters = Case::kSensitive);

  bool has_variables() const { return has_variables_; }
  // The prepared text, when there are no variables.
  const std::string& fixed() const { return pieces_.front().text; }
  // With the values of the variables; nothing where one has none or several.
  std::optional<std::string> expand(const Context& context, Values& scratch) const;
  // At the colons outside variables, the last part taking the rest; missing parts are stars.
  std::array<Template, 6> split_arn() const;
  void add_keys(std::vector<std::string>& keys) const;

 private:
  struct Piece {
    std::string text;  // prepared; of a variable: its key in lower case
    bool is_variable = false;
    std::optional<std::string> fallback = std::nullopt;
  };

  void read_variable(std::string_view inside);
  void add_text(char letter);

  std::vector<Piece> pieces_{Piece{}};
  bool has_variables_ = false;
  Case letters_ = Case::kSensitive;
};

// An ARN with wildcards, compared part by part: no wildcard of the first five parts reaches over a colon.
class ArnPattern {
 public:
  explicit ArnPattern(std::string_view source, Variables variables);

  enum class Match { kNo, kYes, kUnresolved };
  // `parts` empty: the text is no ARN; only "*" matches it.
  Match match(const std::optional<base::ArnParts>& parts, const Context& context, Values& scratch) const;
  const std::string& source() const { return source_; }
  bool has_variables() const;
  void add_keys(std::vector<std::string>& keys) const;

 private:
  struct Part {
    Glob glob;
    std::optional<Template> text;  // when it has variables
  };

  std::string source_;
  bool is_any_ = false;
  std::vector<Part> parts_;
};

}  // namespace policy
