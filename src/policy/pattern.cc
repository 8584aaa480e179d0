#include "policy/pattern.h"

#include <cstring>

#include "base/bytes.h"
#include "base/strings.h"

namespace policy {

namespace {

// Whether `text` begins with `glob`, which has no stars; `length` is how much of the text that takes.
bool begins_with(std::string_view glob, std::string_view text, std::size_t& length) {
  std::size_t at = 0;
  for (char letter : glob) {
    if (at == text.size()) return false;
    if (letter != kQuestion) {
      if (text[at++] != letter) return false;
      continue;
    }
    // One character, however many bytes; what is no UTF-8 counts by bytes.
    at += std::max<std::size_t>(base::utf8_character_length(text.substr(at)), 1);
  }
  length = at;
  return true;
}

// The first place where `part` (no stars) is found, as a pair of beginning and end; nothing where it is not.
std::optional<std::pair<std::size_t, std::size_t>> find_part(std::string_view part, std::string_view text) {
  if (part.find(kQuestion) == std::string_view::npos) {
    const void* place = memmem(text.data(), text.size(), part.data(), part.size());
    if (!place) return std::nullopt;
    auto begin = static_cast<std::size_t>(static_cast<const char*>(place) - text.data());
    return std::pair(begin, begin + part.size());
  }
  for (std::size_t begin = 0; begin <= text.size(); ++begin)
    if (std::size_t length; begins_with(part, text.substr(begin), length)) return std::pair(begin, begin + length);
  return std::nullopt;
}

// Whether `text` ends with `part`. With '?' its bytes are not known beforehand, so places from the end are tried.
bool ends_with_part(std::string_view part, std::string_view text) {
  if (part.find(kQuestion) == std::string_view::npos) return text.ends_with(part);
  for (std::size_t back = part.size(); back <= text.size() && back <= part.size() * 4; ++back) {
    std::size_t length;
    if (begins_with(part, text.substr(text.size() - back), length) && length == back) return true;
  }
  return false;
}

}  // namespace

bool matches_glob(std::string_view glob, std::string_view text) {
  std::size_t star = glob.find(kStar), length;
  if (star == std::string_view::npos) return begins_with(glob, text, length) && length == text.size();
  if (!begins_with(glob.substr(0, star), text, length)) return false;
  text.remove_prefix(length);
  glob.remove_prefix(star + 1);
  // The leftmost place for each part leaves the most for those after it.
  while ((star = glob.find(kStar)) != std::string_view::npos) {
    auto place = find_part(glob.substr(0, star), text);
    if (!place) return false;
    text.remove_prefix(place->second);
    glob.remove_prefix(star + 1);
  }
  return ends_with_part(glob, text);
}

Glob::Glob(std::string prepared) : text(std::move(prepared)) {
  std::size_t wild = text.find_first_of("\xFF\xFE");
  if (wild == std::string::npos) {
    type = Type::kLiteral;
  } else if (wild + 1 == text.size() && text.back() == kStar) {
    text.pop_back();
    type = text.empty() ? Type::kAny : Type::kPrefix;
  } else {
    type = Type::kWild;
  }
}

bool Glob::matches(std::string_view other) const {
  switch (type) {
    case Type::kAny: return true;
    case Type::kLiteral: return other == text;
    case Type::kPrefix: return other.starts_with(text);
    case Type::kWild: return matches_glob(text, other);
  }
  return false;
}

Template::Template(std::string_view source, Wildcards wildcards, Variables variables, Case letters)
    : letters_(letters) {
  for (std::size_t at = 0; at < source.size(); ++at) {
    std::size_t end;
    if (variables == Variables::kRead && source.substr(at, 2) == "${" &&
        (end = source.find('}', at)) != std::string_view::npos) {
      read_variable(source.substr(at + 2, end - at - 2));
      at = end;
    } else if (wildcards == Wildcards::kRead && source[at] == '*') {
      std::string& text = pieces_.back().text;
      if (!text.ends_with(kStar)) text += kStar;
    } else if (wildcards == Wildcards::kRead && source[at] == '?') {
      pieces_.back().text += kQuestion;
    } else {
      add_text(source[at]);
    }
  }
}

void Template::add_text(char letter) {
  bool is_upper = letter >= 'A' && letter <= 'Z';
  pieces_.back().text += letters_ == Case::kIgnored && is_upper ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

// What stands between "${" and "}".
void Template::read_variable(std::string_view inside) {
  if (inside == "*" || inside == "?" || inside == "$") {
    add_text(inside[0]);
    return;
  }
  Piece piece{.is_variable = true};
  std::size_t comma = inside.find(',');
  piece.text = base::to_lower(base::trim(inside.substr(0, comma)));
  if (comma != std::string_view::npos) {
    std::string_view fallback = base::trim(inside.substr(comma + 1));
    if (fallback.size() >= 2 && fallback.front() == '\'' && fallback.back() == '\'')
      piece.fallback = fallback.substr(1, fallback.size() - 2);
  }
  has_variables_ = true;
  pieces_.push_back(std::move(piece));
  pieces_.emplace_back();
}

std::optional<std::string> Template::expand(const Context& context, Values& scratch) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    if (!piece.is_variable) {
      text += piece.text;
      continue;
    }
    scratch.clear();
    std::string value;
    if (context.find(piece.text, scratch) && scratch.size() == 1)
      value = letters_ == Case::kIgnored ? base::to_lower(scratch[0]) : scratch[0];
    else if (piece.fallback && scratch.empty())
      value = letters_ == Case::kIgnored ? base::to_lower(*piece.fallback) : *piece.fallback;
    else
      return std::nullopt;
    if (value.find_first_of("\xFF\xFE") != std::string::npos) return std::nullopt;
    text += value;
  }
  return text;
}

std::array<Template, 6> Template::split_arn() const {
  std::array<Template, 6> parts;
  std::size_t index = 0;
  for (const Piece& piece : pieces_) {
    if (piece.is_variable) {
      parts[index].pieces_.push_back(piece);
      parts[index].pieces_.emplace_back();
      parts[index].has_variables_ = true;
      continue;
    }
    for (char letter : piece.text) {
      if (letter == ':' && index < 5)
        ++index;
      else
        parts[index].pieces_.back().text += letter;
    }
  }
  while (++index < parts.size()) parts[index].pieces_.back().text = kStar;
  return parts;
}

void Template::add_keys(std::vector<std::string>& keys) const {
  for (const Piece& piece : pieces_)
    if (piece.is_variable) keys.push_back(piece.text);
}

ArnPattern::ArnPattern(std::string_view source, Variables variables) : source_(source), is_any_(source == "*") {
  if (is_any_) return;
  for (Template& part : Template(source, Wildcards::kRead, variables).split_arn()) {
    if (part.has_variables())
      parts_.push_back({.glob = {}, .text = std::move(part)});
    else
      parts_.push_back({.glob = Glob(part.fixed()), .text = std::nullopt});
  }
}

ArnPattern::Match ArnPattern::match(const std::optional<base::ArnParts>& parts, const Context& context,
                                    Values& scratch) const {
  if (is_any_) return Match::kYes;
  if (!parts) return Match::kNo;
  // From the end: that is where resources of one service differ.
  for (std::size_t i = parts_.size(); i-- > 0;)
    if (!parts_[i].text && !parts_[i].glob.matches((*parts)[i])) return Match::kNo;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].text) continue;
    auto text = parts_[i].text->expand(context, scratch);
    if (!text) return Match::kUnresolved;
    if (!matches_glob(*text, (*parts)[i])) return Match::kNo;
  }
  return Match::kYes;
}

bool ArnPattern::has_variables() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.text.has_value(); });
}

void ArnPattern::add_keys(std::vector<std::string>& keys) const {
  for (const Part& part : parts_)
    if (part.text) part.text->add_keys(keys);
}

}  // namespace policy
