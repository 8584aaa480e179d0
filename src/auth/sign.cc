#include "auth/sign.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/signing_key.h"
#include "auth/stream_signer.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace auth {

namespace {

std::string join_signed_headers(std::span<const Header> headers) {
  std::vector<std::string> names;
  for (const Header& header : headers) names.push_back(base::to_lower(header.name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return fmt::format("{}", fmt::join(names, ";"));
}

Signature make_signature(SignatureForm form, const Credentials& credentials, const SigningOptions& options) {
  Signature signature{
      .form = form, .access_key_id = credentials.access_key_id, .region = options.region, .service = options.service};
  signature.date = base::format_basic_date(options.time_ms);
  signature.timestamp = base::format_basic_time(options.time_ms);
  signature.timestamp_ms = options.time_ms;
  signature.payload_hash = options.payload_hash.empty() ? base::to_hex(base::sha256("")) : options.payload_hash;
  return signature;
}

std::string credential_of(const Signature& signature) {
  std::string credential = signature.access_key_id + '/';
  append_scope(credential, {signature.date, signature.region, signature.service});
  return credential;
}

void finish(Signature& signature, const SignedRequest& request, std::string_view secret) {
  std::string text = string_to_sign(signature, canonical_request(signature, request, signature.payload_hash));
  append_hex(signature.signature,
             signing_key(secret, {signature.date, signature.region, signature.service}).sign(text));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> sign_header(const SignedRequest& request,
                                                             const Credentials& credentials,
                                                             const SigningOptions& options) {
  Signature signature = make_signature(SignatureForm::kHeader, credentials, options);
  std::vector<std::pair<std::string, std::string>> added = {{"X-Amz-Date", signature.timestamp}};
  if (signs_like_s3(options.service)) added.emplace_back("X-Amz-Content-SHA256", signature.payload_hash);
  if (!credentials.session_token.empty()) added.emplace_back("X-Amz-Security-Token", credentials.session_token);
  std::vector<Header> headers(request.headers.begin(), request.headers.end());
  for (const auto& [name, value] : added) headers.push_back({name, value});
  SignedRequest whole = request;
  whole.headers = headers;
  signature.signed_headers = join_signed_headers(headers);
  finish(signature, whole, credentials.secret_access_key);
  added.emplace_back("Authorization",
                     fmt::format("AWS4-HMAC-SHA256 Credential={}, SignedHeaders={}, Signature={}",
                                 credential_of(signature), signature.signed_headers, signature.signature));
  return added;
}

std::string presign_query(const SignedRequest& request, const Credentials& credentials, const SigningOptions& options,
                          std::int64_t expires_s) {
  Signature signature = make_signature(SignatureForm::kQuery, credentials, options);
  if (signs_like_s3(options.service) && options.payload_hash.empty()) signature.payload_hash = kUnsignedPayload;
  signature.signed_headers = join_signed_headers(request.headers);
  std::string query(request.query);
  if (!query.empty()) query += '&';
  query += fmt::format(
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}&X-Amz-SignedHeaders={}",
      base::percent_encode(credential_of(signature)), signature.timestamp, expires_s,
      base::percent_encode(signature.signed_headers));
  if (!credentials.session_token.empty())
    query += "&X-Amz-Security-Token=" + base::percent_encode(credentials.session_token);
  if (signs_like_s3(options.service) && !options.payload_hash.empty())
    query += "&X-Amz-Content-Sha256=" + base::percent_encode(options.payload_hash);
  SignedRequest whole = request;
  whole.query = query;
  finish(signature, whole, credentials.secret_access_key);
  return query + "&X-Amz-Signature=" + signature.signature;
}

std::string encode_chunked(std::string_view body, std::size_t chunk_bytes, const Signature& seed,
                           std::string_view secret, const Trailers& trailers) {
  bool is_signed = seed.payload_hash == kStreamingSigned || seed.payload_hash == kStreamingSignedTrailer;
  StreamSigner signer(seed, secret);
  std::string out;
  for (bool last = false; !last;) {
    std::string_view chunk = body.substr(0, chunk_bytes);
    body.remove_prefix(chunk.size());
    last = chunk.empty();
    out += fmt::format("{:x}", chunk.size());
    Sha256 hash;
    hash.add(chunk);
    if (is_signed) out += ";chunk-signature=" + signer.sign_chunk(hash.finish());
    out += "\r\n";
    out += chunk;
    if (!last) out += "\r\n";
  }
  std::string canonical;
  for (const auto& [name, value] : trailers) {
    out += fmt::format("{}:{}\r\n", name, value);
    canonical += fmt::format("{}:{}\n", name, value);
  }
  if (is_signed && !trailers.empty())
    out += fmt::format("x-amz-trailer-signature:{}\r\n", signer.sign_trailers(canonical));
  return out + "\r\n";
}

}  // namespace auth
