#include <arpa/inet.h>

#include <array>

#include "aws/log_query_functions.h"
#include "base/strings.h"

namespace aws::log_query {
namespace {

struct Address {
  int bits = 0;  // 32 or 128
  std::array<unsigned char, 16> bytes = {};

  // Whether the first `prefix` bits are those of the other one.
  bool is_in(const Address& network, int prefix) const {
    if (bits != network.bits) return false;
    for (int bit = 0; bit < prefix; bit += 8) {
      int wanted = std::min(8, prefix - bit);
      int mask = 0xff & ~(0xff >> wanted);
      auto place = static_cast<std::size_t>(bit / 8);
      if ((bytes[place] & mask) != (network.bytes[place] & mask)) return false;
    }
    return true;
  }
};

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > 45) return std::nullopt;
  std::string given(text);
  Address address;
  if (inet_pton(AF_INET, given.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
  } else if (given.find('\0') == std::string::npos && inet_pton(AF_INET6, given.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
  } else {
    return std::nullopt;
  }
  return address;
}

bool is_in_subnet(const Address& address, std::string_view subnet) {
  std::size_t slash = subnet.find('/');
  auto network = parse_address(subnet.substr(0, slash));
  if (!network) return false;
  int prefix = network->bits;
  if (slash != std::string_view::npos) {
    auto given = base::parse_number<int>(subnet.substr(slash + 1));
    if (!given || *given < 0 || *given > network->bits) return false;
    prefix = *given;
  }
  return address.is_in(*network, prefix);
}

bool is_in_any(const Address& address, std::initializer_list<std::string_view> subnets) {
  for (std::string_view subnet : subnets)
    if (is_in_subnet(address, subnet)) return true;
  return false;
}
bool is_private(const Address& address) {
  return is_in_any(address, {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"});
}
// What IANA sets apart for purposes other than hosts of the internet or of private networks.
bool is_reserved(const Address& address) {
  return is_in_any(address, {"0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24",
                             "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
                             "240.0.0.0/4", "::/128", "::1/128", "fe80::/10", "ff00::/8", "2001:db8::/32"});
}
bool is_public(const Address& address) { return !is_private(address) && !is_reserved(address); }
bool is_any_address(const Address&) { return true; }

// Whether the text is an address of this many bits (0: of any) of which the question is true.
template <int Bits, bool (*Question)(const Address&)>
Cell ask(const FunctionCall& call, std::span<const Cell> arguments) {
  auto address = parse_address(text_of(arguments[0], call.arena));
  return Cell::of_flag(address && (Bits == 0 || address->bits == Bits) && Question(*address));
}

template <int Bits>
Cell subnet(const FunctionCall& call, std::span<const Cell> arguments) {
  auto address = parse_address(text_of(arguments[0], call.arena));
  return Cell::of_flag(address && (Bits == 0 || address->bits == Bits) &&
                       is_in_subnet(*address, text_of(arguments[1], call.arena)));
}

Cell to_number(const FunctionCall& call, std::span<const Cell> arguments) {
  auto address = parse_address(text_of(arguments[0], call.arena));
  if (!address || address->bits != 32) return {};
  double number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number * 256 + address->bytes[i];
  return Cell::of_number(number);
}

constexpr Function kAddressFunctions[] = {
    {"ipv4ToNumber", 1, 1, to_number},
    {"isIpInSubnet", 2, 2, subnet<0>},
    {"isIpv4InSubnet", 2, 2, subnet<32>},
    {"isIpv6InSubnet", 2, 2, subnet<128>},
    {"isPrivateIP", 1, 1, ask<0, is_private>},
    {"isPublicIP", 1, 1, ask<0, is_public>},
    {"isReservedIP", 1, 1, ask<0, is_reserved>},
    {"isValidIp", 1, 1, ask<0, is_any_address>},
    {"isValidIpV4", 1, 1, ask<32, is_any_address>},
    {"isValidIpV6", 1, 1, ask<128, is_any_address>},
};

}  // namespace

std::span<const Function> address_functions() { return kAddressFunctions; }

}  // namespace aws::log_query
