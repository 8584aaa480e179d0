// Metadata of SAML providers, certificates and SSH keys: whatever the text, an answer and no crash.
#include "aws/certificates.h"
#include "aws/saml_metadata.h"
#include "aws/ssh_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)aws::parse_saml_metadata(text);
  (void)aws::is_private_key(text);
  if (auto certificates = aws::parse_certificates(text))
    (void)aws::is_signed_by(certificates->front(), certificates->back());
  if (auto key = aws::parse_ssh_public_key(text)) (void)key->pem_text();
  return 0;
}
