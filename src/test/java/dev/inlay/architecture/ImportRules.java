package dev.inlay.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@link ImportTable} as ArchUnit rules over the packages below a base. */
final class ImportRules {
    private final ImportTable table;
    private final String base;

    ImportRules(ImportTable table, String base) {
        this.table = table;
        this.base = base;
    }

    /** One rule for each package that may not import everything, by the package's name. */
    Map<String, ArchRule> ofPackages() {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        table.packages().forEach((name, allowed) -> {
            if (!allowed.all()) {
                Set<String> importable = new TreeSet<>(allowed.names());
                importable.addAll(table.shared());
                importable.add(name);
                rules.put(
                        name,
                        classes()
                                .that(own(name))
                                .should()
                                .onlyDependOnClassesThat(
                                        not(resideInAPackage(base + "..")).or(anyOf(importable)))
                                .allowEmptyShould(true));
            } else if (!allowed.names().isEmpty()) {
                rules.put(
                        name,
                        noClasses()
                                .that(own(name))
                                .should()
                                .dependOnClassesThat(resideInAnyPackage(below(allowed.names())))
                                .allowEmptyShould(true));
            }
        });
        return rules;
    }

    /** One rule for each library that only some packages may import, by the library's package. */
    Map<String, ArchRule> ofLibraries() {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        table.libraries()
                .forEach((library, importers) -> rules.put(
                        library,
                        noClasses()
                                .that(resideInAPackage(base + "..").and(not(resideInAnyPackage(below(importers)))))
                                .should()
                                .dependOnClassesThat(resideInAPackage(library + ".."))
                                .allowEmptyShould(true)));
        return rules;
    }

    /** No class knows both a concrete backbone and a concrete method of tuning. */
    ArchRule ofPairs() {
        return noClasses()
                .that(DescribedPredicate.describe(
                        "depend on a package below " + base + ".backbone",
                        type -> type.getDirectDependenciesFromSelf().stream()
                                .anyMatch(dependency -> isBelow(dependency.getTargetClass(), "backbone"))))
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are in a package below " + base + ".tuning", type -> isBelow(type, "tuning")))
                .allowEmptyShould(true);
    }

    /** Nothing but a family's own package, and the reader of a layout of files, knows a concrete family of backbones. */
    ArchRule ofFamilies() {
        return classes()
                .that(DescribedPredicate.describe(
                        "know a family of backbones that is not their own",
                        type -> type.getDirectDependenciesFromSelf().stream()
                                .map(dependency -> dependency.getTargetClass())
                                .anyMatch(target -> isBelow(target, "backbone")
                                        && !target.getPackageName().equals(type.getPackageName()))))
                .should()
                .resideInAPackage(base + ".checkpoint.naming")
                .allowEmptyShould(true);
    }

    private boolean isBelow(JavaClass type, String name) {
        return type.getPackageName().startsWith(base + "." + name + ".");
    }

    /** No package imports, however indirectly, one that imports it. */
    ArchRule ofCycles() {
        return SlicesRuleDefinition.slices()
                .assignedFrom(slices())
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true);
    }

    /** A slice for each package of the table, without those below it that have a row of their own, and for each other package. */
    private SliceAssignment slices() {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                String name = type.getPackageName();
                if (!name.startsWith(base + ".")) {
                    return SliceIdentifier.ignore();
                }
                String below = name.substring(base.length() + 1);
                return SliceIdentifier.of(table.packages().keySet().stream()
                        .filter(row -> (below + ".").startsWith(row + "."))
                        .max(Comparator.comparingInt(String::length))
                        .orElse(below.replaceAll("\\..*", "")));
            }

            @Override
            public String getDescription() {
                return "packages of the table";
            }
        };
    }

    /**
     * Classes of a package below the base, without the packages below it that have a row of their own; or the class of
     * that name in the base itself.
     */
    private DescribedPredicate<JavaClass> own(String name) {
        if (Character.isUpperCase(name.charAt(0))) {
            return resideInAPackage(base).and(JavaClass.Predicates.simpleName(name));
        }
        DescribedPredicate<JavaClass> own = resideInAPackage(base + "." + name + "..");
        for (String other : table.packages().keySet()) {
            if (other.startsWith(name + ".")) {
                own = own.and(not(resideInAPackage(base + "." + other + "..")));
            }
        }
        return own;
    }

    private DescribedPredicate<JavaClass> anyOf(Set<String> names) {
        return DescribedPredicate.or(names.stream().map(this::own).toList()).as("are in %s", String.join(", ", names));
    }

    private String[] below(Set<String> names) {
        return names.stream().map(name -> base + "." + name + "..").toArray(String[]::new);
    }
}
