package org.rraml.hapi;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * Whether files hold valid FHIR R4, by the definitions of the specification and nothing else.
 *
 * <p>Arguments: files, or folders of {@code *.json}; one resource in each. Prints a line for each
 * error and warning, then the counts. A code from a system that is not at hand (LOINC, RxNorm) is
 * a warning. The status is 0 without errors, 1 with some, 2 if there was nothing to look at.
 */
public final class Validate {
  private Validate() {}

  public static void main(String[] arguments) throws IOException {
    FhirValidator validator = validator();
    List<Path> files = files(arguments);
    int errors = 0;
    int warnings = 0;
    for (Path file : files) {
      String text = Files.readString(file);
      for (SingleValidationMessage said : validator.validateWithResult(text).getMessages()) {
        switch (said.getSeverity()) {
          case FATAL, ERROR -> errors++;
          case WARNING -> warnings++;
          case INFORMATION -> {
            continue;
          }
        }
        System.out.printf(
            "%s %s %s: %s%n",
            said.getSeverity(), file.getFileName(), said.getLocationString(), said.getMessage());
      }
    }
    System.out.printf("%d resources, %d errors, %d warnings%n", files.size(), errors, warnings);
    System.exit(files.isEmpty() ? 2 : errors > 0 ? 1 : 0);
  }

  private static FhirValidator validator() {
    FhirContext fhir = FhirContext.forR4();
    var unknown = new UnknownCodeSystemWarningValidationSupport(fhir);
    unknown.setNonExistentCodeSystemSeverity(IssueSeverity.WARNING);
    ValidationSupportChain definitions =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(fhir),
            new CommonCodeSystemsTerminologyService(fhir),
            new InMemoryTerminologyServerValidationSupport(fhir),
            unknown);
    return fhir.newValidator().registerValidatorModule(new FhirInstanceValidator(definitions));
  }

  private static List<Path> files(String[] arguments) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String argument : arguments) {
      try (Stream<Path> found = Files.walk(Path.of(argument))) {
        found.filter(each -> each.toString().endsWith(".json")).sorted().forEach(files::add);
      }
    }
    return files;
  }
}
