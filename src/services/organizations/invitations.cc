// What begins handshakes: inviting an account, and asking for all features.
#include "base/arn.h"
#include "services/organizations/handshakes.h"
#include "services/organizations/service_limits.h"

namespace organizations {

namespace {

// "Invitations expire after 15 days", a request to enable all features "after 90 days".
constexpr std::int64_t kInvitationMs = 15LL * 24 * 3'600 * 1'000;
constexpr std::int64_t kAllFeaturesMs = 90LL * 24 * 3'600 * 1'000;

Handshake new_handshake(Call& call, const Organization& organization, std::string action, std::int64_t valid_ms) {
  return {.id = "h-" + call.random_text(16, "0123456789abcdef"),
          .organization = organization.id,
          .management_account = organization.management_account,
          .had_all_features = organization.has_all_features,
          .action = std::move(action),
          .requested_ms = call.now_ms(),
          .expires_ms = call.now_ms() + valid_ms,
          .changed_ms = call.now_ms()};
}

struct Sent {
  std::int64_t invitations = 0;
  bool is_same_invited = false;
  bool has_all_features = false;
};

// What of this organization waits for an answer.
Sent look_at_sent(Call& call, const Organization& organization, const Value& target) {
  Sent sent;
  call.tx.scan(kHandshakes, "", [&](std::string_view, Handshake& handshake) {
    const bool is_waiting =
        (handshake.state == HandshakeState::kOpen || handshake.state == HandshakeState::kRequested) &&
        !is_expired(call, handshake);
    if (handshake.organization != organization.id || !is_waiting) return;
    if (handshake.action == "ENABLE_ALL_FEATURES") sent.has_all_features = true;
    if (handshake.action != "INVITE") return;
    ++sent.invitations;
    const std::string& invited = target.at("Type").str() == "EMAIL" ? handshake.email : handshake.account;
    if (invited == target.at("Id").str()) sent.is_same_invited = true;
  });
  return sent;
}

// Errors: InvalidInputException, HandshakeConstraintViolationException.
base::Result<void> set_target(Call& call, const Organization& organization, const Value& target,
                              Handshake& invitation) {
  const std::string &id = target.at("Id").str(), &type = target.at("Type").str();
  if (type == "ORGANIZATION")
    return invalid_input("INVALID_PARTY_TYPE_TARGET",
                         "You specified the wrong type of entity (account, organization, or email) as a party.");
  if (type == "EMAIL") {
    if (id.find('@') == id.npos)
      return invalid_input("INVALID_EMAIL_ADDRESS_TARGET",
                           "You specified an invalid email address for the invited account owner.");
    // LIMIT: whose address it is nobody knows before there are accounts with addresses outside of organizations, so it
    // must name the account: 111122223333@example.com.
    invitation.email = id;
    invitation.account = id.substr(0, id.find('@'));
  } else {
    invitation.account = id;
  }
  if (!base::is_account_id(invitation.account))
    return invalid_input("INVALID_PATTERN", "You provided a value that does not match the required pattern.");
  if (auto member = call.tx.get(kAccounts, invitation.account); member && member->organization == organization.id)
    return handshake_violation("ALREADY_IN_AN_ORGANIZATION",
                               "The provided account is already a member of an organization.");
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html
base::Result<Out> InviteAccountToOrganization(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  const Value& target = in["Target"];
  Handshake invitation = new_handshake(call, organization, "INVITE", kInvitationMs);
  invitation.notes = in.str("Notes");
  invitation.tags = TRY(add_tags(in.list("Tags"), {}));
  TRY_VOID(set_target(call, organization, target, invitation));
  const Sent sent = look_at_sent(call, organization, target);
  if (sent.is_same_invited)
    return error("DuplicateHandshakeException",
                 "A handshake with the same action and target already exists. If you invited the account, it must "
                 "accept or decline that invitation first.");
  if (sent.has_all_features)
    return handshake_violation("INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES",
                               "You can't issue new invitations to join an organization while it's in the process of "
                               "enabling all features.");
  if (count_accounts(call, organization) + sent.invitations >= call.limit(kAccountsMax))
    return handshake_violation("ACCOUNT_NUMBER_LIMIT_EXCEEDED",
                               "You have exceeded the allowed number of AWS accounts.");
  call.tx.put(kHandshakes, invitation.id, invitation);
  return show_in_answer(call, invitation);
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAllFeatures.html
base::Result<Out> EnableAllFeatures(Call& call, In) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  if (organization.has_all_features)
    return handshake_violation("ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
                               "The organization has already enabled all features.");
  if (look_at_sent(call, organization, {}).has_all_features)
    return handshake_violation("ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
                               "The organization has already started the process to enable all features.");
  Handshake request = new_handshake(call, organization, "ENABLE_ALL_FEATURES", kAllFeaturesMs);
  for (const Account& account : all_accounts(call, organization)) {
    if (account.was_created || account.id == organization.management_account) continue;
    Handshake consent = new_handshake(call, organization, "APPROVE_ALL_FEATURES", kAllFeaturesMs);
    consent.account = account.id;
    consent.parent = request.id;
    call.tx.put(kHandshakes, consent.id, consent);
    request.state = HandshakeState::kRequested;  // until all have consented
  }
  call.tx.put(kHandshakes, request.id, request);
  return show_in_answer(call, request);
}

}  // namespace organizations
