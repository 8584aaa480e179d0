// MFA devices and whom they prove: assigning, setting the clock, taking away.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
#include "aws/mfa.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

// How far the clock of a device may be off when it is assigned, and when it is set right: 5 minutes, one day.
constexpr std::int64_t kEnableStepsOff = 10, kResyncStepsOff = 2'880;

// Sets the device's clock by two consecutive codes, which are used up by it. Errors: InvalidAuthenticationCode.
base::Result<void> take_two_codes(const Call& call, In in, std::int64_t steps_off, aws::MfaDevice& device) {
  const std::int64_t now_step = call.now_ms() / aws::kTotpStepMs;
  auto first = aws::find_consecutive_codes(device.seed, in.str("AuthenticationCode1"), in.str("AuthenticationCode2"),
                                           now_step, steps_off);
  if (!first) return error("InvalidAuthenticationCode", "Authentication code for device is not valid.");
  // The second code is of now; one typed ahead of its time, or at once with the first, is as good.
  const std::int64_t drift = *first + 1 - now_step;
  device.drift_steps = drift >= -1 && drift <= 1 ? 0 : drift;
  device.used_step = *first + 1;
  return {};
}

// The device of this serial number, where it is the holder's. Errors: NoSuchEntity.
base::Result<aws::MfaDevice> find_device_of(const Call& call, const Holder& holder, std::string_view serial) {
  auto device = call.tx.get(aws::kMfaDevices, serial);
  if (!device || device->owner_id != holder.id) return error("NoSuchEntity", "MFA Device invalid for user.");
  return *std::move(device);
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
base::Result<Out> EnableMFADevice(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  const std::string& serial = in.str("SerialNumber");
  auto device = call.tx.get(aws::kMfaDevices, serial);
  if (!device)
    return error("NoSuchEntity", fmt::format("VirtualMFADevice with serial number {} doesn't exist.", serial));
  if (!device->owner_id.empty()) return error("EntityAlreadyExists", "MFA Device is already in use.");
  TRY_VOID(check_quota(call, kMfaDevicesPerUserMax, "MFADevicesPerUser", count_mfa_devices(call, holder.id)));
  TRY_VOID(take_two_codes(call, in, kEnableStepsOff, *device));
  device->owner_id = holder.id;
  device->enabled_ms = now_seconds_ms(call);
  call.tx.put(aws::kMfaDevices, serial, *device);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
base::Result<Out> ResyncMFADevice(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  aws::MfaDevice device = TRY(find_device_of(call, holder, in.str("SerialNumber")));
  TRY_VOID(take_two_codes(call, in, kResyncStepsOff, device));
  call.tx.put(aws::kMfaDevices, device.serial, device);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html
base::Result<Out> DeactivateMFADevice(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  aws::MfaDevice device = TRY(find_device_of(call, holder, in.str("SerialNumber")));
  device.owner_id.clear();
  device.enabled_ms = device.drift_steps = 0;
  call.tx.put(aws::kMfaDevices, device.serial, device);
  return Out{};
}

}  // namespace iam
