package dev.inlay.cli;

import dev.inlay.config.PrecisionChoice;
import dev.inlay.error.ConfigException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code --precision} takes. */
final class PrecisionWord implements ITypeConverter<PrecisionChoice> {
    @Override
    public PrecisionChoice convert(String word) {
        try {
            return PrecisionChoice.of(word);
        } catch (ConfigException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
