#include "services/logs/masking_identifiers.h"

#include <algorithm>
#include <iterator>

#include "services/logs/masking_checks.h"

namespace logs {

namespace {

constexpr std::string_view kAccount = R"(account|bank|bban|iban|konto|sepa|cuenta|compte|conto|sort code)";
constexpr std::string_view kLicence =
    R"(driv(?:er|ing)s? ?licen[cs]e|driver'?s licen[cs]e|licen[cs]e number|dl ?(?:no|number|#)|permis)"
    R"(|f(?:ü|ue)hrerschein)"
    R"(|rijbewijs|patente|licencia de conduc|permiso de conduc|prawo jazdy|k(?:ö|o)rkort|ajokortti|carta de condu)"
    R"(|permis de conducere|vodičsk|řidičsk|jogosítvány|juhiluba|vairuotojo|vadītāja|άδεια οδήγησης|свидетелство)";
constexpr std::string_view kPassport = R"(passport|pasaporte|passeport|passaporto|reisepass|travel document)";
constexpr std::string_view kPhone = R"(cell|contact|fax|mobile|phone|tel|telephone|telefon[eo]?|móvil|celular|handy)";
constexpr std::string_view kTax = R"(tax|tin|steuer|fiscal|impuesto|impôt|utr|paye)";

constexpr ManagedIdentifier kManaged[] = {
    // ---- credentials, devices, vehicles
    {"AwsSecretKey", "", R"((?i:secret|aws)[^\n]{0,40}?["'=:\s]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$))"},
    {"OpenSshPrivateKey", "", R"((-----BEGIN OPENSSH PRIVATE KEY-----[^-]*-----END OPENSSH PRIVATE KEY-----))"},
    {"PgpPrivateKey", "", R"((-----BEGIN PGP PRIVATE KEY BLOCK-----[^-]*-----END PGP PRIVATE KEY BLOCK-----))"},
    {"PkcsPrivateKey", "",
     R"((-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----[^-]*-----END (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----))"},
    {"PuttyPrivateKey", "", R"((PuTTY-User-Key-File-[0-9]: [^\n]*(?:\n[^\n]+)*))"},
    {"IpAddress", "", R"((?:^|[^0-9.])([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?:[^0-9.]|\.?$|\.[^0-9]))", is_ip_address},
    {"VehicleIdentificationNumber", "", R"((?:^|[^A-Z0-9])([A-HJ-NPR-Z0-9]{17})(?:[^A-Z0-9]|$))"},
    // ---- money
    {"BankAccountNumber-DE", kAccount, R"(DE\d{2} ?(?:\d{4} ?){4}\d{2})", is_bank_account},
    {"BankAccountNumber-ES", kAccount, R"(ES\d{2}(?: ?\d{4}){5})", is_bank_account},
    {"BankAccountNumber-FR", kAccount, R"(FR\d{2}(?: ?[0-9A-Z]{4}){5} ?[0-9A-Z]{3})", is_bank_account},
    {"BankAccountNumber-GB", kAccount, R"(GB\d{2} ?[A-Z]{4}(?: ?\d{4}){3} ?\d{2})", is_bank_account},
    {"BankAccountNumber-IT", kAccount, R"(IT\d{2} ?[A-Z]\d{3}(?: ?[0-9A-Z]{4}){4} ?[0-9A-Z]{3})", is_bank_account},
    {"BankAccountNumber-US", kAccount, R"(\d{10,17})"},
    {"CreditCardExpiration", R"(exp|expiration|expiry)", R"((?:0[1-9]|1[0-2])[/-](?:\d{4}|\d{2}))"},
    {"CreditCardNumber", "", R"((?:^|[^0-9])((?:[0-9][ -]?){12,18}[0-9])(?:[^0-9]|$))", is_card_number},
    {"CreditCardSecurityCode",
     R"(card (?:id|identification|security|validation|verification)[a-z ]*|cvc2?|cvv2?|elo verification code)",
     R"(\d{3,4})"},
    // ---- health
    {"DrugEnforcementAgencyNumber-US", R"(dea(?: number| registration)?)", R"([A-Z][A-Z9]\d{7})",
     is_drug_agency_number},
    {"HealthcareProcedureCode-US", R"(current procedural terminology|hcpcs|healthcare common procedure coding system)",
     R"([A-V]\d{4})"},
    {"HealthInsuranceCardNumber-EU",
     R"(assicurazione|ehic|european health insurance|finlandehicnumber|health (?:card|insurance)|krankenversicher)"
     R"(|assurance (?:maladie|sant[eé])|tarjeta sanitaria|gesundheitskarte)",
     R"(\d{20})"},
    {"HealthInsuranceClaimNumber-US", R"(health insurance claim|hic ?(?:no|number|#)|hicn)",
     R"(\d{3}-?\d{2}-?\d{4}[A-Z][A-Z0-9]?)"},
    {"HealthInsuranceNumber-FR", R"(carte d'assuré social|carte vitale|assurance maladie)", R"(\d{21})"},
    {"MedicareBeneficiaryNumber-US", R"(mbi|medicare(?: beneficiary)?)",
     R"([1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2})"},
    {"NationalDrugCode-US", R"(national drug code|ndc)", R"(\d{4,5}-\d{3,4}-\d{1,2})"},
    {"NationalInsuranceNumber-GB", R"(insurance ?(?:no|number|#)|national insurance|ni (?:no|number)|nin|nino)",
     R"([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D])"},
    {"NationalProviderId-US", R"(hipaa|n\.p\.i\.?|national provider|npi)", R"([12]\d{9})", is_provider_number},
    {"NhsNumber-GB", R"(national health service|nhs)", R"(\d{3}[ -]?\d{3}[ -]?\d{4})", is_health_service_number},
    {"PersonalHealthNumber-CA", R"(canada healthcare number|msp number|care number|phn|soins de santé)", R"(\d{10})"},
    // ---- persons
    {"CepCode-BR", R"(cep|código de endereçamento postal|codigo de enderecamento postal|código postal)",
     R"(\d{5}-?\d{3})"},
    {"Cnpj-BR", R"(cadastro nacional da pessoa jur[ií]dica|cnpj)", R"(\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2})",
     is_company_of_brazil},
    {"CpfCode-BR", R"(cadastro de pessoas? f[ií]sicas?|cpf)", R"(\d{3}\.?\d{3}\.?\d{3}-?\d{2})", is_person_of_brazil},
    {"ElectoralRollNumber-GB", R"(electoral ?(?:#|number|roll(?: ?(?:#|no|number))?))", R"([A-Z]{1,3}\d{1,4})"},
    {"EmailAddress", "", R"(([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}))"},
    {"IndividualTaxIdentificationNumber-US", R"(i\.?t\.?i\.?n\.?|individual taxpayer)",
     R"(9\d{2}[ -]?[5-9]\d[ -]?\d{4})"},
    {"InseeCode-FR", R"(insee|code sécu|sécurité sociale|numéro d'identité|nir)",
     R"([12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?)"},
    {"LatLong", R"(coordinates?|lat ?long|latitude|longitude|location|position)",
     R"(-?\d{1,2}\.\d{2,}, ?-?\d{1,3}\.\d{2,})"},
    {"NationalIdentificationNumber-DE", R"(ausweis|id number|identification|identität|personalausweis)",
     R"([CFGHJK-NPRTV-Z][0-9CFGHJK-NPRTV-Z]{8}\d?)"},
    {"NationalIdentificationNumber-ES", R"(dni|documento nacional de identidad|national identity)",
     R"(\d{8}-?[A-HJ-NP-TV-Z])", is_identity_of_spain},
    {"NationalIdentificationNumber-IT", R"(codice fiscale?|national identity)",
     R"([A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z])"},
    {"NieNumber-ES", R"(nie|número de identi(?:dad|ficación) de extranjero)", R"([XYZ]-?\d{7}-?[A-Z])",
     is_identity_of_spain},
    {"NifNumber-ES", R"(nif|número de identificación fiscal)", R"([0-9XYZ]\d{7}-?[A-Z])", is_identity_of_spain},
    {"PermanentResidenceNumber-CA",
     R"(carte (?:de )?résident permanent|permanent resident|pr (?:no|number|card)|résident permanent)",
     R"([A-Z]{2}\d{7,10})"},
    {"PostalCode-CA", "",
     R"((?:^|[^A-Za-z0-9])([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d)(?:[^A-Za-z0-9]|$))"},
    {"RgNumber-BR", R"(carteira de identidade|registro geral|rg)", R"(\d{1,2}\.?\d{3}\.?\d{3}-?[0-9X])"},
    {"SocialInsuranceNumber-CA", R"(canadian id|numéro d'assurance sociale|sin|social insurance)",
     R"(\d{3}[ -]?\d{3}[ -]?\d{3})", has_luhn_sum},
    {"Ssn-ES", R"(número de la seguridad social|seguridad social|social security|ssn)",
     R"(\d{2}[ /-]?\d{8}[ /-]?\d{2})"},
    {"Ssn-US", "", R"((?i:ssn|social)[^\n]{0,20}?([0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}))"},
    {"TaxId-DE", kTax, R"(\d{2} ?\d{3} ?\d{3} ?\d{3})"},
    {"TaxId-ES", R"(cif|nif|número de contribuyente|identificación fiscal|tax|tin)",
     R"([A-HJ-NP-SUVW]-?\d{7}-?[0-9A-J]|[0-9XYZ]\d{7}-?[A-Z])"},
    {"TaxId-FR", kTax, R"([0-3]\d ?\d{2} ?\d{3} ?\d{3} ?\d{3})"},
    {"TaxId-GB", kTax, R"(\d{5} ?\d{5})"},
    {"ZipCode-US", R"(zip(?: code|\+4)?)", R"(\d{5}(?:-\d{4})?)"},
    // ---- passports
    {"PassportNumber-CA", kPassport, R"([A-Z]{2}\d{6})"},
    {"PassportNumber-DE", kPassport, R"([CFGHJK][0-9CFGHJK-NPRTV-Z]{8}\d?)"},
    {"PassportNumber-ES", kPassport, R"([A-Z]{2,3}\d{6})"},
    {"PassportNumber-FR", kPassport, R"(\d{2}[A-Z]{2}\d{5})"},
    {"PassportNumber-GB", kPassport, R"(\d{9})"},
    {"PassportNumber-IT", kPassport, R"([A-Z0-9]{2}\d{7})"},
    {"PassportNumber-US", kPassport, R"([A-Z0-9]\d{8})"},
    // ---- telephones
    {"PhoneNumber-BR", kPhone, R"((?:\+?55[ .-]?)?\(?[1-9]\d\)?[ .-]?9?\d{4}[ .-]?\d{4})"},
    {"PhoneNumber-DE", kPhone, R"((?:\+49|0049|0)[ .-]?\(?\d{2,4}\)?[ ./-]?\d{4,8})"},
    {"PhoneNumber-ES", kPhone, R"((?:(?:\+|00)34[ .-]?)?[6789]\d{2}[ .-]?\d{2,3}[ .-]?\d{2,3}(?:[ .-]?\d{2})?)"},
    {"PhoneNumber-FR", kPhone, R"((?:\+33|0033|0)[ .-]?[1-9](?:[ .-]?\d{2}){4})"},
    {"PhoneNumber-GB", kPhone, R"((?:\+44|0044|0)[ .-]?\(?\d{2,5}\)?[ .-]?\d{3,4}[ .-]?\d{3,4})"},
    {"PhoneNumber-IT", kPhone, R"((?:(?:\+|00)39[ .-]?)?(?:0\d{1,3}|3\d{2})[ .-]?\d{3,4}[ .-]?\d{3,4})"},
    {"PhoneNumber-US", "",
     R"((?i:phone|tel|telephone|cell|mobile|fax|contact)[^\n]{0,20}?)"
     R"(((?:\+?1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}))"},
    // ---- driver's licences
    {"DriversLicense-AT", kLicence, R"(\d{8})"},
    {"DriversLicense-AU", kLicence, R"(\d{6,10}|[A-Z]{1,2}\d{4,6})"},
    {"DriversLicense-BE", kLicence, R"(\d{10})"},
    {"DriversLicense-BG", kLicence, R"(\d{9})"},
    {"DriversLicense-CA", kLicence, R"([A-Z]?\d{4}-?\d{5}-?\d{5}|[A-Z]\d{12}|\d{6,9})"},
    {"DriversLicense-CY", kLicence, R"(\d{12})"},
    {"DriversLicense-CZ", kLicence, R"([A-Z]{2} ?\d{6})"},
    {"DriversLicense-DE", kLicence, R"([A-Z0-9]\d{2}[A-Z0-9]{6}\d[A-Z0-9])"},
    {"DriversLicense-DK", kLicence, R"(\d{8})"},
    {"DriversLicense-EE", kLicence, R"([A-Z]{2}\d{6})"},
    {"DriversLicense-ES", kLicence, R"(\d{8}-?[A-Z])"},
    {"DriversLicense-FI", kLicence, R"(\d{6}[-+A]?\d{3}[0-9A-Z])"},
    {"DriversLicense-FR", kLicence, R"(\d{12}|\d{2}[A-Z]{2}\d{5})"},
    {"DriversLicense-GB", kLicence, R"([A-Z9]{5}\d{6}[A-Z9]{2}[0-9A-Z][A-Z]{2})"},
    {"DriversLicense-GR", kLicence, R"(\d{9})"},
    {"DriversLicense-HR", kLicence, R"(\d{8})"},
    {"DriversLicense-HU", kLicence, R"([A-Z]{2}\d{6})"},
    {"DriversLicense-IE", kLicence, R"(\d{3}[A-Z0-9]{6})"},
    {"DriversLicense-IT", kLicence, R"([A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z])"},
    {"DriversLicense-LT", kLicence, R"(\d{8})"},
    {"DriversLicense-LU", kLicence, R"(\d{6})"},
    {"DriversLicense-LV", kLicence, R"([A-Z]{2}\d{6})"},
    {"DriversLicense-MT", kLicence, R"(\d{2} ?\d{3} ?\d{3})"},
    {"DriversLicense-NL", kLicence, R"(\d{10})"},
    {"DriversLicense-PL", kLicence, R"(\d{5}/\d{2}/\d{4})"},
    {"DriversLicense-PT", kLicence, R"([A-Z]{1,2}-\d{6,7} ?\d?)"},
    {"DriversLicense-RO", kLicence, R"([A-Z]?\d{8,9}[A-Z]?)"},
    {"DriversLicense-SE", kLicence, R"((?:19|20)?\d{6}-?\d{4})"},
    {"DriversLicense-SI", kLicence, R"(\d{9})"},
    {"DriversLicense-SK", kLicence, R"([A-Z]\d{7})"},
    {"DriversLicense-US", kLicence, R"([A-Z]\d{7,14}|\d{7,12}|[A-Z]{2}\d{6})"},
};

}  // namespace

const ManagedIdentifier* find_managed(std::string_view name) {
  const auto* found = std::ranges::find(kManaged, name, &ManagedIdentifier::name);
  return found == std::end(kManaged) ? nullptr : found;
}

std::string expression_of(const ManagedIdentifier& identifier) {
  if (identifier.keywords.empty()) return std::string(identifier.form);
  // "Keywords must be within 30 characters" of what they are about.
  return "(?i:^|[^\\pL0-9])(?i:" + std::string(identifier.keywords) + ")(?:[^\\n]{0,29}?[^A-Za-z0-9\\n])?(?:" + "(" +
         std::string(identifier.form) + "))(?:[^A-Za-z0-9]|$)";
}

}  // namespace logs
