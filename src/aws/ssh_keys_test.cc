#include "aws/ssh_keys.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

const std::string kText =
    "ssh-rsa "
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQCmOCP+uY0W19rwvvA9ajyaFz6NvqBM37Ciuh35u3t6g21SP6GRlut83vzvsztvzSWNrZJU"
    "X3h6mk3ZZTwaEvwgJ75une5gfIUmA/WPa8tTZvfFW4zgW822a0/XcAGm1JHRBwBuMaEMLpWL+BkgDRns/0WMS1yX7BsrET4n1PQa"
    "RQ+iTk9VYOlPKLjK7hDMGm1tOPh1GP7M6L3FeOT26n2ui8y4+i7RrygIRMCPFLELMYarRodLUzBqUKeZPyS9uWuBYZqj+HUOJnx8"
    "jTxzdAmCgmu9bKh82zxV61NjKuGvjqEekbHus9IAzhZcu16QehkPNoqxeutbZvaXvux1c6Oh";
const std::string kPem = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApjgj/rmNFtfa8L7wPWo8
mhc+jb6gTN+worod+bt7eoNtUj+hkZbrfN7877M7b80lja2SVF94eppN2WU8GhL8
ICe+bp3uYHyFJgP1j2vLU2b3xVuM4FvNtmtP13ABptSR0QcAbjGhDC6Vi/gZIA0Z
7P9FjEtcl+wbKxE+J9T0GkUPok5PVWDpTyi4yu4QzBptbTj4dRj+zOi9xXjk9up9
rovMuPou0a8oCETAjxSxCzGGq0aHS1MwalCnmT8kvblrgWGao/h1DiZ8fI08c3QJ
goJrvWyofNs8VetTYyrhr46hHpGx7rPSAM4WXLtekHoZDzaKsXrrW2b2l77sdXOj
oQIDAQAB
-----END PUBLIC KEY-----
)";

TEST(SshKeys, BothFormsAreTheSameKey) {
  auto from_text = parse_ssh_public_key(kText + " someone@somewhere\n"), from_pem = parse_ssh_public_key(kPem);
  ASSERT_TRUE(from_text);
  ASSERT_TRUE(from_pem);
  EXPECT_EQ(from_text->blob, from_pem->blob);
  EXPECT_EQ(from_text->bits, 2'048);
  EXPECT_EQ(from_text->ssh_text(), kText);
  EXPECT_EQ(from_text->pem_text(), kPem);
  EXPECT_EQ(from_text->fingerprint(),
            "be:9f:e4:74:04:aa:08:d9:86:d8:54:e4:5e:3f:31:de");  // as ssh-keygen -E md5 -lf says
}

TEST(SshKeys, OthersAreNone) {
  for (std::string_view text :
       {"", "ssh-rsa", "ssh-rsa AAAA", "ssh-rsa AAAAB3NzaC1yc2E=", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"})
    EXPECT_FALSE(parse_ssh_public_key(text)) << text;
  EXPECT_TRUE(looks_like_ssh_public_key(" ssh-rsa x"));
  EXPECT_FALSE(looks_like_ssh_public_key("rsa"));
}

}  // namespace
}  // namespace aws
