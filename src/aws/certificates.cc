#include "aws/certificates.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "base/bytes.h"
#include "base/strings.h"

namespace aws {

namespace {

template <class Thing, void (*Free)(Thing*)>
struct Freer {
  void operator()(Thing* thing) const { Free(thing); }
};
using X509Ptr = std::unique_ptr<X509, Freer<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
struct BioFreer {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

X509Ptr read_der(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  X509Ptr certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  ERR_clear_error();
  return certificate;
}

std::int64_t time_ms(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return static_cast<std::int64_t>(timegm(&parts)) * 1'000;
}

int refuse_password(char*, int, int, void*) { return -1; }

KeyPtr read_private_key(std::string_view pem) {
  std::unique_ptr<BIO, BioFreer> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_password, nullptr));
  ERR_clear_error();
  return key;
}

std::string without_space(std::string_view text) {
  std::string dense;
  for (char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') dense += c;
  return dense;
}

}  // namespace

std::optional<Certificate> parse_certificate_base64(std::string_view text) {
  auto der = base::from_base64(without_space(text));
  if (!der) return std::nullopt;
  X509Ptr certificate = read_der(*der);
  if (!certificate) return std::nullopt;
  return Certificate{.der = *std::move(der),
                     .begins_ms = time_ms(X509_get0_notBefore(certificate.get())),
                     .expires_ms = time_ms(X509_get0_notAfter(certificate.get()))};
}

std::optional<std::vector<Certificate>> parse_certificates(std::string_view pem) {
  std::vector<Certificate> certificates;
  for (std::string_view rest = base::trim(pem); !rest.empty(); rest = base::trim(rest)) {
    const std::size_t end = rest.find(kEnd);
    if (!rest.starts_with(kBegin) || end == rest.npos) return std::nullopt;
    auto certificate = parse_certificate_base64(rest.substr(kBegin.size(), end - kBegin.size()));
    if (!certificate) return std::nullopt;
    certificates.push_back(*std::move(certificate));
    rest.remove_prefix(end + kEnd.size());
  }
  if (certificates.empty()) return std::nullopt;
  return certificates;
}

bool is_signed_by(const Certificate& certificate, const Certificate& issuer) {
  X509Ptr child = read_der(certificate.der), parent = read_der(issuer.der);
  if (!child || !parent) return false;
  const bool is_right = X509_NAME_cmp(X509_get_issuer_name(child.get()), X509_get_subject_name(parent.get())) == 0 &&
                        X509_verify(child.get(), X509_get0_pubkey(parent.get())) == 1;
  ERR_clear_error();
  return is_right;
}

bool is_private_key(std::string_view pem) { return read_private_key(pem) != nullptr; }

bool is_key_of(const Certificate& certificate, std::string_view private_key_pem) {
  X509Ptr x509 = read_der(certificate.der);
  KeyPtr key = read_private_key(private_key_pem);
  const bool is_right = x509 && key && X509_check_private_key(x509.get(), key.get()) == 1;
  ERR_clear_error();
  return is_right;
}

}  // namespace aws
