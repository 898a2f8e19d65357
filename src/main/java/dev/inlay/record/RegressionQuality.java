package dev.inlay.record;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How good a model of numbers is on one split.
 *
 * @param r2 the coefficient of determination, averaged over the numbers, at most 1; 0 is what the mean of the targets reaches
 * @param mae mean absolute error, averaged over the numbers
 * @param rmse root of the mean squared error, averaged over the numbers
 * @param squaredError mean over examples and numbers of the squared error in units of the training images' deviation
 * @param examples how many examples the numbers rest on
 * @param perNumber of each number, by index
 */
public record RegressionQuality(
        double r2, double mae, double rmse, double squaredError, long examples, List<NumberQuality> perNumber)
        implements Quality {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if a number is not finite, R² above 1 or the count negative
     */
    public RegressionQuality {
        Check.score("r2", r2);
        Check.finite("mae", mae);
        Check.finite("rmse", rmse);
        Check.finite("squaredError", squaredError);
        Check.notNegative("examples", examples);
        perNumber = List.copyOf(perNumber);
    }

    @Override
    public double score() {
        return r2;
    }

    @Override
    public String scoreName() {
        return "R²";
    }

    @Override
    public Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("r2", r2);
        figures.put("mae", mae);
        figures.put("rmse", rmse);
        figures.put("squaredError", squaredError);
        return figures;
    }

    /** Returns R² and what it rests on, such as {@code R² 72.5 % of 40 images}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "R² %.1f %% of %,d images", 100 * r2, examples);
    }
}
