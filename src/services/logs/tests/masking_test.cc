// What the managed data identifiers find, by their forms, keywords and check digits.
#include <gtest/gtest.h>

#include "services/logs/masking.h"

namespace logs {
namespace {

std::string masked_by(std::string_view identifier, std::string_view message) {
  const std::string arn = "arn:aws:dataprotection::aws:data-identifier/" + std::string(identifier);
  const std::string policy = R"({"Name":"p","Version":"2021-06-01","Statement":[{"DataIdentifier":[")" + arn +
                             R"("],"Operation":{"Audit":{"FindingsDestination":{}}}},{"DataIdentifier":[")" + arn +
                             R"("],"Operation":{"Deidentify":{"MaskConfig":{}}}}]})";
  const auto checked = check_data_protection_policy(policy);
  EXPECT_TRUE(checked) << identifier;
  return Masker({policy}).mask(std::string(message));
}

// One that is found, between two bars, and the message without them; and one that is not.
struct Sample {
  std::string_view identifier, found, other;
};

constexpr Sample kSamples[] = {
    {"BankAccountNumber-DE", "IBAN: |DE89370400440532013000|", "IBAN: DE89370400440532013001"},
    {"BankAccountNumber-ES", "cuenta |ES91 2100 0418 4502 0005 1332|", "cuenta ES91 2100 0418 4502 0005 1333"},
    {"BankAccountNumber-FR", "compte |FR1420041010050500013M02606|", "compte FR1420041010050500013M02607"},
    {"BankAccountNumber-GB", "account |GB29 NWBK 6016 1331 9268 19|.", "flight GB29 NWBK 6016 1331 9268 19"},
    {"BankAccountNumber-IT", "conto=|IT60X0542811101000000123456|", "conto=IT60X0542811101000000123457"},
    {"BankAccountNumber-US", "account number |1234567890123|", "account number 123456789"},
    {"CreditCardExpiration", "expiry |12/2030|", "expiry 13/2030"},
    {"CreditCardSecurityCode", "cvv: |123|", "cvv: 12345"},
    {"DrugEnforcementAgencyNumber-US", "DEA number |AB1234563|", "DEA number AB1234564"},
    {"HealthcareProcedureCode-US", "HCPCS |A0021|", "HCPCS 00021"},
    {"HealthInsuranceCardNumber-EU", "EHIC |80756001234567890123|", "EHIC 8075600123456789012"},
    {"HealthInsuranceClaimNumber-US", "HICN |123-45-6789A|", "HICN 123-45-6789"},
    {"HealthInsuranceNumber-FR", "carte vitale |123456789012345678901|", "carte vitale 12345"},
    {"MedicareBeneficiaryNumber-US", "mbi |1EG4-TE5-MK73|", "mbi 1SG4-TE5-MK73"},
    {"NationalDrugCode-US", "NDC |0777-3105-02|", "NDC 0777"},
    {"NationalInsuranceNumber-GB", "NI number |AB 12 34 56 C|", "NI number DB 12 34 56 C"},
    {"NationalProviderId-US", "npi |1234567893|", "npi 1234567890"},
    {"NhsNumber-GB", "NHS |943 476 5919|", "NHS 943 476 5918"},
    {"PersonalHealthNumber-CA", "PHN |9123456789|", "PHN 912345678"},
    {"CepCode-BR", "CEP |01310-100|", "CEP 0131-100"},
    {"Cnpj-BR", "CNPJ |11.222.333/0001-81|", "CNPJ 11.222.333/0001-82"},
    {"CpfCode-BR", "CPF |529.982.247-25|", "CPF 529.982.247-26"},
    {"ElectoralRollNumber-GB", "electoral roll number |ABC1234|", "electoral roll number 1234"},
    {"IndividualTaxIdentificationNumber-US", "ITIN |912-70-1234|", "ITIN 812-70-1234"},
    {"InseeCode-FR", "INSEE |1 84 12 76 451 089 46|", "INSEE 3 84 12 76 451 089"},
    {"LatLong", "location |48.8584, 2.2945|", "location 48, 2"},
    {"NationalIdentificationNumber-DE", "Personalausweis |L01X00T471|", "Personalausweis A01X00T47"},
    {"NationalIdentificationNumber-ES", "DNI |12345678Z|", "DNI 12345678A"},
    {"NationalIdentificationNumber-IT", "codice fiscale |RSSMRA85T10A562S|", "codice fiscale RSSMRA85T10A56"},
    {"NieNumber-ES", "NIE |X1234567L|", "NIE X1234567A"},
    {"NifNumber-ES", "nif |12345678Z|", "nif 12345678A"},
    {"PermanentResidenceNumber-CA", "permanent resident |RA0302123456|", "permanent resident 0302123456"},
    {"PostalCode-CA", "|K1A 0B1| Ottawa", "D1A 0B1"},
    {"RgNumber-BR", "RG |24.678.131-4|", "RG 24.678"},
    {"SocialInsuranceNumber-CA", "SIN |046 454 286|", "SIN 046 454 287"},
    {"Ssn-ES", "seguridad social |28/12345678/40|", "seguridad social 28/1234"},
    {"TaxId-DE", "Steuer |12 345 678 901|", "Steuer 12 345"},
    {"TaxId-ES", "CIF |B12345678|", "CIF 1234"},
    {"TaxId-FR", "tax |30 23 217 600 053|", "tax 50 23 217 600 053"},
    {"TaxId-GB", "UTR |12345 67890|", "UTR 12345"},
    {"ZipCode-US", "zip code |98109-5210|", "98109-5210"},
    {"PassportNumber-CA", "passport |AB123456|", "AB123456"},
    {"PassportNumber-DE", "Reisepass |C01X00T47|", "Reisepass A01X00T47"},
    {"PassportNumber-ES", "pasaporte |AAA123456|", "pasaporte 123456"},
    {"PassportNumber-FR", "passeport |12AB34567|", "passeport 1234567"},
    {"PassportNumber-GB", "passport no |123456789|", "passport no 12345678"},
    {"PassportNumber-IT", "passaporto |YA1234567|", "passaporto Y1234567"},
    {"PassportNumber-US", "passport: |A12345678|", "passport: A1234567"},
    {"PhoneNumber-BR", "tel |+55 11 91234-5678|", "tel 1234"},
    {"PhoneNumber-DE", "telefon |+49 30 123456|", "telefon 123456"},
    {"PhoneNumber-ES", "móvil |612 34 56 78|", "móvil 112 34"},
    {"PhoneNumber-FR", "phone |01 23 45 67 89|", "phone 00 23 45"},
    {"PhoneNumber-GB", "mobile |+44 7911 123456|", "mobile 7911"},
    {"PhoneNumber-IT", "cell |347 123 4567|", "cell 147"},
    {"DriversLicense-DE", "Führerschein |B072RRE2I55|", "B072RRE2I55"},
    {"DriversLicense-GB", "driving licence |MORGA657054SM9IJ|", "driving licence MORGA"},
    {"DriversLicense-US", "driver license |D1234567|", "D1234567"},
    {"DriversLicense-PL", "prawo jazdy |01234/12/3456|", "prawo jazdy 01234"},
};

TEST(Masking, ManagedIdentifiersFindTheirForms) {
  for (const Sample& sample : kSamples) {
    std::string message(sample.found), expected;
    bool is_inside = false;
    for (char c : sample.found) {
      if (c == '|')
        is_inside = !is_inside;
      else
        expected += is_inside ? '*' : c;
    }
    std::erase(message, '|');
    EXPECT_EQ(masked_by(sample.identifier, message), expected) << sample.identifier;
    EXPECT_EQ(masked_by(sample.identifier, sample.other), sample.other) << sample.identifier;
  }
}

TEST(Masking, KeywordsStandWithinThirtyCharacters) {
  EXPECT_EQ(masked_by("ZipCode-US", "zip code of the house is 98109"), "zip code of the house is *****");
  const std::string far = "zip code" + std::string(31, ' ') + "98109";
  EXPECT_EQ(masked_by("ZipCode-US", far), far);
}

TEST(Masking, ADriversLicenceOfEachCountryIsKnown) {
  for (std::string_view country :
       {"AT", "AU", "BE", "BG", "CA", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR",
        "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "US"})
    EXPECT_EQ(masked_by("DriversLicense-" + std::string(country), "no licence here"), "no licence here");
}

}  // namespace
}  // namespace logs
