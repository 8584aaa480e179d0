// Codes of virtual MFA devices. https://www.rfc-editor.org/rfc/rfc6238
#include "aws/mfa.h"

#include "base/bytes.h"
#include "base/result.h"

namespace aws {

namespace {

// How far the clock of a device may be off: the code before and the one after are good as well.
constexpr std::int64_t kStepsOff = 1;

}  // namespace

std::string totp_code(std::string_view seed, std::int64_t step, int digits) {
  const std::string digest = base::hmac_sha1(seed, base::to_ordered(static_cast<std::uint64_t>(step)));
  const std::size_t offset = static_cast<unsigned char>(digest.back()) & 0xF;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = (number << 8) | static_cast<unsigned char>(digest[offset + i]);
  number &= 0x7FFFFFFF;
  std::string code(static_cast<std::size_t>(digits), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, number /= 10)
    *digit = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::int64_t> find_consecutive_codes(std::string_view seed, std::string_view first,
                                                   std::string_view second, std::int64_t around, std::int64_t reach) {
  for (std::int64_t step = around - reach; step <= around + reach; ++step)
    if (totp_code(seed, step) == first && totp_code(seed, step + 1) == second) return step;
  return std::nullopt;
}

kernel::Result<void> verify_mfa_code(kernel::Call& call, const kernel::Principal& principal, std::string_view serial,
                                     std::string_view code) {
  const store::Transaction tx = call.tx.at({principal.account, call.place.region});
  auto device = tx.get(kMfaDevices, serial);
  if (!device || device->owner_id.empty() || device->owner_id != principal.user_id)
    return base::fail("AccessDenied",
                      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
                      "number is valid and associated with this user.");
  const std::int64_t step = call.now_ms() / kTotpStepMs + device->drift_steps;
  for (std::int64_t good = step - kStepsOff; good <= step + kStepsOff; ++good) {
    if (good <= device->used_step || !base::equal_in_constant_time(totp_code(device->seed, good), code)) continue;
    device->used_step = good;
    tx.put(kMfaDevices, serial, *device);
    return {};
  }
  return base::fail("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.");
}

}  // namespace aws
