#include "http/tls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace http {

namespace {

constexpr int kDay = 24 * 60 * 60;
constexpr int kAuthorityDays = 3650;
constexpr int kServerDays = 397;  // the longest that today's clients accept
constexpr int kRenewalDays = 30;

template <auto Free>
struct OpenSslFree {
  template <class Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, OpenSslFree<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, OpenSslFree<X509_free>>;

struct Identity {
  Key key;
  Certificate certificate;
};

base::Error tls_error(std::string_view what) {
  unsigned long number = ERR_get_error();
  return {"TlsNotReady", fmt::format("{}: {}", what, number == 0 ? "unknown" : ERR_reason_error_string(number))};
}

std::string pem_of(const X509* certificate) {
  Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(const EVP_PKEY* key) {
  Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// Appears under its name only when it is complete, and is never readable by others in between.
base::Result<void> write_file(const std::string& path, std::string_view text, mode_t mode) {
  std::string part = fmt::format("{}.{}.part", path, ::getpid());
  ::unlink(part.c_str());
  int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  bool is_written = descriptor >= 0 &&
                    ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (is_written && ::rename(part.c_str(), path.c_str()) == 0) return {};
  base::Error error{"TlsNotReady", fmt::format("Cannot write {}: {}.", path, std::strerror(errno))};
  ::unlink(part.c_str());
  return std::unexpected(std::move(error));
}

// Nothing where the files are not there or not readable as such.
std::optional<Identity> read_identity(const std::string& certificate_path, const std::string& key_path) {
  Bio certificate_file(BIO_new_file(certificate_path.c_str(), "r"));
  Bio key_file(BIO_new_file(key_path.c_str(), "r"));
  ERR_clear_error();
  if (certificate_file == nullptr || key_file == nullptr) return std::nullopt;
  Identity identity{Key(PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr)),
                    Certificate(PEM_read_bio_X509(certificate_file.get(), nullptr, nullptr, nullptr))};
  bool is_pair = identity.key != nullptr && identity.certificate != nullptr &&
                 X509_check_private_key(identity.certificate.get(), identity.key.get()) == 1;
  ERR_clear_error();
  if (!is_pair) return std::nullopt;
  return identity;
}

base::Result<void> write_identity(const Identity& identity, const std::string& certificate_path,
                                  const std::string& key_path) {
  TRY_VOID(write_file(key_path, pem_of(identity.key.get()), 0600));
  return write_file(certificate_path, pem_of(identity.certificate.get()), 0644);
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) return false;
  bool is_added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return is_added;
}

bool name_subject(X509* certificate, const char* common_name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  auto add = [&](const char* field, const char* value) {
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value), -1,
                                      -1, 0) == 1;
  };
  return add("O", "Virga") && add("CN", common_name);
}

// A new key and a certificate for it that lacks extensions, issuer and signature.
std::optional<Identity> new_identity(const char* common_name, int days) {
  Identity identity{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  X509* certificate = identity.certificate.get();
  unsigned char serial[16];
  if (identity.key == nullptr || certificate == nullptr || RAND_bytes(serial, sizeof serial) != 1) return std::nullopt;
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive, and always of the same length
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  bool is_numbered = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  bool is_made = is_numbered && X509_set_version(certificate, X509_VERSION_3) == 1 &&
                 X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay) != nullptr &&
                 X509_gmtime_adj(X509_getm_notAfter(certificate), static_cast<long>(days) * kDay) != nullptr &&
                 X509_set_pubkey(certificate, identity.key.get()) == 1 && name_subject(certificate, common_name);
  if (!is_made) return std::nullopt;
  return identity;
}

base::Result<Identity> make_authority() {
  auto identity = new_identity("Virga local authority", kAuthorityDays);
  if (!identity) return std::unexpected(tls_error("Cannot make a key"));
  X509* certificate = identity->certificate.get();
  bool is_made = X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1 &&
                 add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                 add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                 add_extension(certificate, certificate, NID_subject_key_identifier, "hash") &&
                 add_extension(certificate, certificate, NID_authority_key_identifier, "keyid:always") &&
                 X509_sign(certificate, identity->key.get(), EVP_sha256()) > 0;
  if (!is_made) return std::unexpected(tls_error("Cannot make the authority's certificate"));
  return std::move(*identity);
}

bool is_address(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

base::Result<Identity> make_server(const Identity& authority, const std::vector<std::string>& names) {
  std::string alternatives;
  for (const std::string& name : names) {
    if (!alternatives.empty()) alternatives += ',';
    alternatives += (is_address(name) ? "IP:" : "DNS:") + name;
  }
  auto identity = new_identity("localhost", kServerDays);
  if (!identity) return std::unexpected(tls_error("Cannot make a key"));
  X509* certificate = identity->certificate.get();
  X509* issuer = authority.certificate.get();
  bool is_made = X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
                 add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                 add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
                 add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") &&
                 add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
                 add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
                 add_extension(certificate, issuer, NID_subject_alt_name, alternatives) &&
                 X509_sign(certificate, authority.key.get(), EVP_sha256()) > 0;
  if (!is_made) return std::unexpected(tls_error("Cannot make the server's certificate"));
  return std::move(*identity);
}

bool is_near_end(X509* certificate) {
  std::time_t soon = std::time(nullptr) + static_cast<std::time_t>(kRenewalDays) * kDay;
  return X509_cmp_time(X509_get0_notAfter(certificate), &soon) <= 0;
}

// Whether the certificate names `name` literally (a wildcard too).
bool has_name(X509* certificate, const std::string& name) {
  if (is_address(name)) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool is_found = false;
  for (int index = 0; index < sk_GENERAL_NAME_num(names) && !is_found; ++index) {
    const GENERAL_NAME* each = sk_GENERAL_NAME_value(names, index);
    if (each->type != GEN_DNS) continue;
    const ASN1_STRING* text = each->d.dNSName;
    is_found = name == std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                        static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(names);
  return is_found;
}

bool is_good_server(const Identity& server, const Identity& authority, const std::vector<std::string>& names) {
  X509* certificate = server.certificate.get();
  bool is_ours = X509_verify(certificate, authority.key.get()) == 1;
  ERR_clear_error();
  if (!is_ours || is_near_end(certificate)) return false;
  for (const std::string& name : names) {
    if (!has_name(certificate, name)) return false;
  }
  return true;
}

base::Result<Identity> ensure_authority(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::string certificate_path = folder + "/authority.pem";
  std::string key_path = folder + "/authority.key.pem";
  auto identity = read_identity(certificate_path, key_path);
  if (identity && !is_near_end(identity->certificate.get())) return std::move(*identity);
  Identity made = TRY(make_authority());
  TRY_VOID(write_identity(made, certificate_path, key_path));
  return made;
}

base::Result<Identity> ensure_server(const std::string& folder, const Identity& authority,
                                     const std::vector<std::string>& names) {
  std::string certificate_path = folder + "/server.pem";
  std::string key_path = folder + "/server.key.pem";
  auto identity = read_identity(certificate_path, key_path);
  if (identity && is_good_server(*identity, authority, names)) return std::move(*identity);
  Identity made = TRY(make_server(authority, names));
  TRY_VOID(write_identity(made, certificate_path, key_path));
  return made;
}

// Chooses HTTP/1.1 for clients that ask which protocol to speak.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  int outcome = SSL_select_next_proto(&found, chosen_size, kOurs, sizeof kOurs - 1, offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

base::Result<std::shared_ptr<TlsContext>> TlsContext::open(const std::string& folder,
                                                           const std::vector<std::string>& names) {
  std::vector<std::string> all = {
      "localhost", "*.localhost", "localhost.localstack.cloud", "*.localhost.localstack.cloud", "127.0.0.1", "::1"};
  all.insert(all.end(), names.begin(), names.end());
  Identity authority = TRY(ensure_authority(folder));
  Identity server = TRY(ensure_server(folder, authority, all));
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return std::unexpected(tls_error("Cannot start TLS"));
  std::shared_ptr<TlsContext> made(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // sessions are resumed by tickets instead
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  bool is_set = SSL_CTX_use_certificate(context, server.certificate.get()) == 1 &&
                SSL_CTX_use_PrivateKey(context, server.key.get()) == 1;
  if (!is_set) return std::unexpected(tls_error("Cannot use the server's certificate"));
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

base::Result<std::string> TlsContext::ca_certificate_pem(const std::string& folder) {
  Identity authority = TRY(ensure_authority(folder));
  return pem_of(authority.certificate.get());
}

}  // namespace http
