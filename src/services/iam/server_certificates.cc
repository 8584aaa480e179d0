// Server certificates, for load balancers and CloudFront.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
#include "aws/certificates.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

base::Result<ServerCertificate> find_server_certificate(const Call& call, std::string_view name) {
  auto certificate = call.tx.get(kServerCertificates, name_key(name));
  if (!certificate)
    return error("NoSuchEntity", fmt::format("The Server Certificate with name {} cannot be found.", name));
  return *std::move(certificate);
}

void put_server_certificate(Call& call, const ServerCertificate& certificate) {
  call.tx.put(kServerCertificates, name_key(certificate.name), certificate);
}

Out show_metadata(const Call& call, const ServerCertificate& certificate) {
  return Out{{"Path", certificate.path},
             {"ServerCertificateName", certificate.name},
             {"ServerCertificateId", certificate.id},
             {"Arn", entity_arn(call.place.account, "server-certificate", certificate.path, certificate.name)},
             {"UploadDate", certificate.uploaded_ms},
             {"Expiration", certificate.expires_ms}};
}

// Each certificate must be signed by the next.
base::Result<void> check_chain(const aws::Certificate& certificate, std::string_view chain_pem) {
  auto chain = aws::parse_certificates(chain_pem);
  const aws::Certificate* signed_one = &certificate;
  std::ptrdiff_t index = -1;
  if (chain) {
    for (const aws::Certificate& issuer : *chain) {
      if (!aws::is_signed_by(*signed_one, issuer)) break;
      signed_one = &issuer;
      ++index;
    }
    if (index + 1 == std::ssize(*chain)) return {};
  }
  return error("MalformedCertificate",
               fmt::format("Unable to validate certificate chain. The certificate chain must start with the immediate "
                           "signing certificate, followed by any intermediaries in order. The index within the chain "
                           "of the invalid certificate is: {}",
                           index));
}

base::Result<aws::Certificate> read_server_certificate(const Call& call, In in) {
  auto body = aws::parse_certificates(in.str("CertificateBody"));
  if (!body || body->size() != 1)
    return error("MalformedCertificate",
                 "Unable to parse certificate. Please ensure the certificate is in PEM format.");
  aws::Certificate& certificate = body->front();
  if (!aws::is_private_key(in.str("PrivateKey")))
    return error("MalformedCertificate",
                 "Unable to parse private key. Please ensure the private key is in PEM format.");
  if (!aws::is_key_of(certificate, in.str("PrivateKey")))
    return error("KeyPairMismatch", "The private key does not match the public key of the certificate.");
  // "The certificate must be valid at the time of upload."
  if (call.now_ms() < certificate.begins_ms || call.now_ms() >= certificate.expires_ms)
    return error("MalformedCertificate", "The certificate is not valid at this time.");
  if (in.has("CertificateChain")) TRY_VOID(check_chain(certificate, in.str("CertificateChain")));
  return std::move(certificate);
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html
base::Result<Out> UploadServerCertificate(Call& call, In in) {
  const std::string& name = in.str("ServerCertificateName");
  const aws::Certificate read = TRY(read_server_certificate(call, in));
  if (call.tx.has(kServerCertificates, name_key(name)))
    return error("EntityAlreadyExists", fmt::format("The Server Certificate with name {} already exists.", name));
  TRY_VOID(check_quota(call, kServerCertificatesMax, "ServerCertificatesPerAccount",
                       call.tx.scan_keys(kServerCertificates, {}, skip_key)));
  ServerCertificate certificate{.name = name,
                                .path = path_of(in),
                                .id = new_entity_id(call, "ASCA"),
                                .body = in.str("CertificateBody"),
                                .chain = in.str("CertificateChain"),
                                .private_key = in.str("PrivateKey"),
                                .uploaded_ms = now_seconds_ms(call),
                                .expires_ms = read.expires_ms};
  TRY_VOID(set_tags(in.list("Tags"), certificate.tags));
  put_server_certificate(call, certificate);
  Out answer{{"ServerCertificateMetadata", show_metadata(call, certificate)}};
  if (!certificate.tags.empty()) answer.set("Tags", show_tags(certificate.tags));
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServerCertificate.html
base::Result<Out> GetServerCertificate(Call& call, In in) {
  const ServerCertificate certificate = TRY(find_server_certificate(call, in.str("ServerCertificateName")));
  Out shown{{"ServerCertificateMetadata", show_metadata(call, certificate)}, {"CertificateBody", certificate.body}};
  if (!certificate.chain.empty()) shown.set("CertificateChain", certificate.chain);
  if (!certificate.tags.empty()) shown.set("Tags", show_tags(certificate.tags));
  return Out{{"ServerCertificate", shown}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html
base::Result<Out> ListServerCertificates(Call& call, In in) {
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(kServerCertificates, "", [&](std::string_view key, ServerCertificate& certificate) {
    if (certificate.path.starts_with(in.str("PathPrefix")) && listing.wants(key))
      listing.add(show_metadata(call, certificate));
    return !listing.is_full();
  });
  return listing.answer("ServerCertificateMetadataList");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServerCertificate.html
base::Result<Out> UpdateServerCertificate(Call& call, In in) {
  ServerCertificate certificate = TRY(find_server_certificate(call, in.str("ServerCertificateName")));
  const std::string old_key = name_key(certificate.name);
  if (in.has("NewServerCertificateName")) {
    certificate.name = in.str("NewServerCertificateName");
    if (name_key(certificate.name) != old_key && call.tx.has(kServerCertificates, name_key(certificate.name)))
      return error("EntityAlreadyExists",
                   fmt::format("The Server Certificate with name {} already exists.", certificate.name));
  }
  if (in.has("NewPath")) certificate.path = in.str("NewPath");
  call.tx.erase(kServerCertificates, old_key);
  put_server_certificate(call, certificate);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServerCertificate.html
base::Result<Out> DeleteServerCertificate(Call& call, In in) {
  const ServerCertificate certificate = TRY(find_server_certificate(call, in.str("ServerCertificateName")));
  call.tx.erase(kServerCertificates, name_key(certificate.name));
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagServerCertificate.html
base::Result<Out> TagServerCertificate(Call& call, In in) {
  ServerCertificate certificate = TRY(find_server_certificate(call, in.str("ServerCertificateName")));
  TRY_VOID(set_tags(in.list("Tags"), certificate.tags));
  put_server_certificate(call, certificate);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagServerCertificate.html
base::Result<Out> UntagServerCertificate(Call& call, In in) {
  ServerCertificate certificate = TRY(find_server_certificate(call, in.str("ServerCertificateName")));
  remove_tags(in.list("TagKeys"), certificate.tags);
  put_server_certificate(call, certificate);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificateTags.html
base::Result<Out> ListServerCertificateTags(Call& call, In in) {
  return list_tags(in, TRY(find_server_certificate(call, in.str("ServerCertificateName"))).tags);
}

}  // namespace iam
