#include "auth/canonical.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/strings.h"

namespace auth {

namespace {

struct Parameter {
  std::string name, value;
  friend auto operator<=>(const Parameter&, const Parameter&) = default;
};

// Whether encoding the decoded text would give the text again.
bool is_encoded(std::string_view text, std::string_view keep) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char letter = text[i];
    bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                 (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.' || letter == '~' ||
                 keep.find(letter) != std::string_view::npos;
    if (plain) continue;
    if (letter != '%' || text.size() - i < 3) return false;
    auto digit = [](char hex) { return (hex >= '0' && hex <= '9') || (hex >= 'A' && hex <= 'F'); };
    if (!digit(text[i + 1]) || !digit(text[i + 2])) return false;
    std::string byte = *base::percent_decode(text.substr(i, 3));
    if (base::percent_encode(byte, keep) == byte) return false;  // needlessly encoded
    i += 2;
  }
  return true;
}

// Text that cannot be decoded is taken as it is; its percent signs get encoded.
std::string reencode(std::string_view text, std::string_view keep) {
  auto decoded = base::percent_decode(text);
  return base::percent_encode(decoded ? std::string_view(*decoded) : text, keep);
}

void append_canonical_query(std::string& out, std::string_view query, SignatureForm signature_form, QueryForm form) {
  if (query.empty()) return;
  std::vector<Parameter> parameters;
  for (std::string_view piece : base::split(query, '&')) {
    if (piece.empty()) continue;
    auto equals = piece.find('=');
    std::string_view name = piece.substr(0, equals);
    std::string_view value = equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    if (signature_form == SignatureForm::kQuery && base::equal_ignoring_case(name, "X-Amz-Signature")) continue;
    if (form == QueryForm::kAsSent)
      parameters.push_back({std::string(name), std::string(value)});
    else
      parameters.push_back({reencode(name, {}), reencode(value, {})});
  }
  std::sort(parameters.begin(), parameters.end());
  bool first = true;
  for (const auto& [name, value] : parameters) {
    if (!std::exchange(first, false)) out += '&';
    out += name;
    out += '=';
    out += value;
  }
}

void append_canonical_path(std::string& out, const Signature& signature, std::string_view path, QueryForm form) {
  if (path.empty()) path = "/";
  if (!signs_like_s3(signature.service)) {
    bool simple =
        path == "/" || (path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos);
    out += simple ? base::percent_encode(path, "/") : base::percent_encode(normalize_path(path), "/");
  } else if (form == QueryForm::kAsSent) {
    out += path;
  } else {
    out += reencode(path, "/");
  }
}

void append_canonical_headers(std::string& out, const Signature& signature, std::span<const Header> headers) {
  std::string_view names = signature.signed_headers;
  while (!names.empty()) {
    auto end = std::min(names.find(';'), names.size());
    std::string_view name = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    out += name;
    out += ':';
    bool first = true;
    for (const Header& header : headers) {
      if (!is_named(header, name)) continue;
      if (!std::exchange(first, false)) out += ',';
      append_folded(out, header.value);
    }
    out += '\n';
  }
}

}  // namespace

void append_canonical_request(std::string& out, const Signature& signature, const SignedRequest& request,
                              std::string_view payload_hash, QueryForm form) {
  out += request.method;
  out += '\n';
  append_canonical_path(out, signature, request.path, form);
  out += '\n';
  append_canonical_query(out, request.query, signature.form, form);
  out += '\n';
  append_canonical_headers(out, signature, request.headers);
  out += '\n';
  out += signature.signed_headers;
  out += '\n';
  out += payload_hash;
}

bool is_canonical_as_sent(const SignedRequest& request) {
  return is_encoded(request.path, "/") && is_encoded(request.query, "&=");
}

std::string normalize_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::string_view piece : base::split(path, '/')) {
    if (piece.empty() || piece == ".") continue;
    if (piece != "..")
      kept.push_back(piece);
    else if (!kept.empty())
      kept.pop_back();
  }
  std::string normal;
  for (std::string_view piece : kept) {
    normal += '/';
    normal += piece;
  }
  // As the SDKs do, and unlike RFC 3986, a last step "." or ".." leaves no slash behind.
  if (normal.empty() || path.ends_with('/')) normal += '/';
  return normal;
}

void append_folded(std::string& out, std::string_view value) {
  value = base::trim(value);
  bool plain = true;
  for (std::size_t i = 0; i < value.size(); ++i)
    plain &= value[i] > ' ' || (value[i] == ' ' && value[i - 1] != ' ') || value[i] < 0;
  if (plain) {
    out += value;
    return;
  }
  bool gap = false, begun = false;
  for (char letter : value) {
    if (letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r') {
      gap = begun;
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    begun = true;
    out += letter;
  }
}

}  // namespace auth
