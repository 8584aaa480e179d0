// Virtual MFA devices: making, showing and deleting them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
#include "aws/mfa.h"

#include "base/bytes.h"
#include "base/qr_code.h"
#include "base/random.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr int kSeedBytes = 40;  // 64 characters of base 32
constexpr int kPixelsPerModule = 5;

// What authenticator apps scan. https://github.com/google/google-authenticator/wiki/Key-Uri-Format
std::string picture_of_seed(std::string_view name, std::string_view account, std::string_view seed_text) {
  const std::string uri =
      fmt::format("otpauth://totp/Amazon%20Web%20Services:{}@{}?secret={}&issuer=Amazon%20Web%20Services",
                  base::percent_encode(name), account, seed_text);
  auto modules = base::qr_code(uri);
  return modules ? base::qr_code_png(*modules, kPixelsPerModule) : std::string();
}

std::string random_seed(Call& call) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return base::from_base32(call.random_text(kSeedBytes * 8 / 5, kAlphabet)).value_or("");
}

// The one a device is assigned to, as ListVirtualMFADevices shows it.
Out show_device_user(Call& call, const Holder& holder) {
  if (!holder.is_root) {
    auto user = find_user(call, holder.name);
    return user ? show_user(call, *user, Detail::kListed) : Out{};
  }
  // LIMIT: accounts do not know when they were made, so their root is as old as time.
  return Out{{"UserId", holder.id}, {"Arn", fmt::format("arn:aws:iam::{}:root", holder.id)}, {"CreateDate", 0}};
}

base::Result<aws::MfaDevice> find_device(const Call& call, std::string_view serial) {
  auto device = call.tx.get(aws::kMfaDevices, serial);
  if (!device)
    return error("NoSuchEntity", fmt::format("VirtualMFADevice with serial number {} doesn't exist.", serial));
  return *std::move(device);
}

}  // namespace

std::size_t count_mfa_devices(const Call& call, std::string_view holder_id) {
  std::size_t count = 0;
  call.tx.scan(aws::kMfaDevices, "",
               [&](std::string_view, aws::MfaDevice& device) { count += device.owner_id == holder_id; });
  return count;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html
base::Result<Out> CreateVirtualMFADevice(Call& call, In in) {
  aws::MfaDevice device{.serial = {},
                        .name = in.str("VirtualMFADeviceName"),
                        .path = path_of(in),
                        .seed = random_seed(call),
                        .owner_id = {},
                        .created_ms = now_seconds_ms(call)};
  device.serial = entity_arn(call.place.account, "mfa", device.path, device.name);
  if (call.tx.has(aws::kMfaDevices, device.serial))
    return error("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.");
  TRY_VOID(set_tags(in.list("Tags"), device.tags));
  call.tx.put(aws::kMfaDevices, device.serial, device);
  const std::string seed_text = base::to_base32(device.seed);
  Out shown{{"SerialNumber", device.serial},
            {"Base32StringSeed", seed_text},
            {"QRCodePNG", picture_of_seed(device.name, call.place.account, seed_text)}};
  if (!device.tags.empty()) shown.set("Tags", show_tags(device.tags));
  return Out{{"VirtualMFADevice", shown}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html
base::Result<Out> DeleteVirtualMFADevice(Call& call, In in) {
  const aws::MfaDevice device = TRY(find_device(call, in.str("SerialNumber")));
  if (!device.owner_id.empty()) return error("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.");
  call.tx.erase(aws::kMfaDevices, device.serial);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html
base::Result<Out> ListVirtualMFADevices(Call& call, In in) {
  const std::string& status = in.str("AssignmentStatus");
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(aws::kMfaDevices, "", [&](std::string_view key, aws::MfaDevice& device) {
    const bool is_assigned = !device.owner_id.empty();
    if ((status == "Assigned" && !is_assigned) || (status == "Unassigned" && is_assigned)) return true;
    if (listing.wants(key)) {
      Out shown{{"SerialNumber", device.serial}};
      if (is_assigned) shown.set("EnableDate", device.enabled_ms);
      if (auto holder = is_assigned ? get_holder(call, device.owner_id) : std::optional<Holder>())
        shown.set("User", show_device_user(call, *holder));
      listing.add(std::move(shown));
    }
    return !listing.is_full();
  });
  return listing.answer("VirtualMFADevices");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
base::Result<Out> ListMFADevices(Call& call, In in) {
  const Holder holder = TRY(find_holder(call, in));
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(aws::kMfaDevices, "", [&](std::string_view key, aws::MfaDevice& device) {
    if (device.owner_id == holder.id && listing.wants(key))
      listing.add(Out{{"UserName", holder.name}, {"SerialNumber", device.serial}, {"EnableDate", device.enabled_ms}});
    return !listing.is_full();
  });
  return listing.answer("MFADevices");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html
base::Result<Out> GetMFADevice(Call& call, In in) {
  const aws::MfaDevice device = TRY(find_device(call, in.str("SerialNumber")));
  Out answer{{"SerialNumber", device.serial}};
  if (in.has("UserName") && TRY(find_holder(call, in)).id != device.owner_id)
    return error("NoSuchEntity", "MFA Device invalid for user.");
  if (auto holder = device.owner_id.empty() ? std::optional<Holder>() : get_holder(call, device.owner_id)) {
    answer.set("UserName", holder->name);
    answer.set("EnableDate", device.enabled_ms);
  }
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagMFADevice.html
base::Result<Out> TagMFADevice(Call& call, In in) {
  aws::MfaDevice device = TRY(find_device(call, in.str("SerialNumber")));
  TRY_VOID(set_tags(in.list("Tags"), device.tags));
  call.tx.put(aws::kMfaDevices, device.serial, device);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagMFADevice.html
base::Result<Out> UntagMFADevice(Call& call, In in) {
  aws::MfaDevice device = TRY(find_device(call, in.str("SerialNumber")));
  remove_tags(in.list("TagKeys"), device.tags);
  call.tx.put(aws::kMfaDevices, device.serial, device);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADeviceTags.html
base::Result<Out> ListMFADeviceTags(Call& call, In in) {
  return list_tags(in, TRY(find_device(call, in.str("SerialNumber"))).tags);
}

}  // namespace iam
