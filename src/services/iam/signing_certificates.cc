// X.509 signing certificates of users and roots, for SOAP.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys_signing.html
#include "aws/certificates.h"
#include "base/random.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr int kCertificateIdCharacters = 32;

base::Result<SigningCertificate> find_signing_certificate(const Call& call, const Holder& holder, std::string_view id) {
  auto certificate = call.tx.get(kSigningCertificates, store::key(holder.id, id));
  if (!certificate) return error("NoSuchEntity", fmt::format("The Certificate with id {} cannot be found.", id));
  return *std::move(certificate);
}

Out show_signing_certificate(const Holder& holder, const SigningCertificate& certificate) {
  return Out{{"UserName", holder.name},
             {"CertificateId", certificate.id},
             {"CertificateBody", certificate.body},
             {"Status", status_word(certificate.is_active)},
             {"UploadDate", certificate.uploaded_ms}};
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html
base::Result<Out> UploadSigningCertificate(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  auto read = aws::parse_certificates(in.str("CertificateBody"));
  if (!read || read->size() != 1)
    return error("MalformedCertificate", fmt::format("Certificate {} is malformed", in.str("CertificateBody")));
  if (call.now_ms() >= read->front().expires_ms) return error("InvalidCertificate", "The certificate has expired.");
  std::size_t count = 0;
  bool is_known = false;
  call.tx.scan(kSigningCertificates, store::key(holder.id), [&](std::string_view, SigningCertificate& other) {
    ++count;
    auto known = aws::parse_certificates(other.body);
    is_known |= known && known->front().der == read->front().der;
  });
  if (is_known)
    return error("DuplicateCertificate", "The same certificate is associated with an IAM user in the account.");
  TRY_VOID(check_quota(call, kSigningCertificatesPerUserMax, "SigningCertificatesPerUser", count));
  const SigningCertificate certificate{.id = call.random_text(kCertificateIdCharacters, base::kDigitsAndUpperCase),
                                       .body = in.str("CertificateBody"),
                                       .uploaded_ms = now_seconds_ms(call)};
  call.tx.put(kSigningCertificates, store::key(holder.id, certificate.id), certificate);
  return Out{{"Certificate", show_signing_certificate(holder, certificate)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html
base::Result<Out> ListSigningCertificates(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(kSigningCertificates, store::key(holder.id), [&](std::string_view key, SigningCertificate& certificate) {
    if (listing.wants(key)) listing.add(show_signing_certificate(holder, certificate));
    return !listing.is_full();
  });
  return listing.answer("Certificates");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSigningCertificate.html
base::Result<Out> UpdateSigningCertificate(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  SigningCertificate certificate = TRY(find_signing_certificate(call, holder, in.str("CertificateId")));
  certificate.is_active = TRY(read_status(in));
  call.tx.put(kSigningCertificates, store::key(holder.id, certificate.id), certificate);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSigningCertificate.html
base::Result<Out> DeleteSigningCertificate(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  const SigningCertificate certificate = TRY(find_signing_certificate(call, holder, in.str("CertificateId")));
  call.tx.erase(kSigningCertificates, store::key(holder.id, certificate.id));
  return Out{};
}

}  // namespace iam
