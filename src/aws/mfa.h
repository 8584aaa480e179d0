// Virtual MFA devices: IAM keeps them, STS asks for their codes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/call.h"
#include "store/table.h"

namespace aws {

inline constexpr std::int64_t kTotpStepMs = 30'000;
inline constexpr int kTotpDigits = 6;

// Made by CreateVirtualMFADevice, assigned to a user or the root by EnableMFADevice.
struct MfaDevice {
  std::string serial;  // its ARN
  std::string name;    // VirtualMFADeviceName
  std::string path;
  std::string seed;      // the key, as bytes
  std::string owner_id;  // AIDA… of the user, the account's id for its root; empty: not assigned
  std::int64_t created_ms = 0;
  std::int64_t enabled_ms = 0;   // since when it is assigned
  std::int64_t drift_steps = 0;  // how many steps its clock is ahead of ours, as told by EnableMFADevice and Resync
  std::int64_t used_step = 0;    // of the last code taken, counted by the device's clock: a code works once
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("serial", self.serial);
    field("name", self.name);
    field("path", self.path);
    field("seed", self.seed);
    field("owner_id", self.owner_id);
    field("created_ms", self.created_ms);
    field("enabled_ms", self.enabled_ms);
    field("drift_steps", self.drift_steps);
    field("used_step", self.used_step);
    field("tags", self.tags);
  }
};

// Key: serial number.
inline constexpr store::Table<MfaDevice> kMfaDevices{"iam.mfa_devices", store::Scope::kAccount};

// The code of a step, with leading zeros (RFC 6238 with HMAC-SHA-1).
std::string totp_code(std::string_view seed, std::int64_t step, int digits = kTotpDigits);

// The first step, `reach` to either side of `around` at most, whose code is `first` while the next one's is `second`.
std::optional<std::int64_t> find_consecutive_codes(std::string_view seed, std::string_view first,
                                                   std::string_view second, std::int64_t around, std::int64_t reach);

// Whether `code` is what the device of this serial number shows now, and the device is assigned to `principal`: a user
// or an account's root. Takes the code, so that it is refused the second time. Errors: AccessDenied, as STS words it.
kernel::Result<void> verify_mfa_code(kernel::Call& call, const kernel::Principal& principal, std::string_view serial,
                                     std::string_view code);

}  // namespace aws
