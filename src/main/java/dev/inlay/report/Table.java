package dev.inlay.report;

/** A table whose cells are text; a column is for numbers or for words. */
final class Table {
    private final Html page;
    private final boolean[] numbers;

    private Table(Html page, boolean[] numbers) {
        this.page = page;
        this.numbers = numbers;
    }

    /**
     * @param headings one per column; those of columns of numbers begin with {@code #}
     */
    static Table open(Html page, String... headings) {
        boolean[] numbers = new boolean[headings.length];
        page.open("div", "class", "scroll").open("table").open("thead").open("tr");
        for (int i = 0; i < headings.length; i++) {
            numbers[i] = headings[i].startsWith("#");
            page.element("th", numbers[i] ? headings[i].substring(1) : headings[i], "class", kind(numbers[i]));
        }
        page.close().close().open("tbody");
        return new Table(page, numbers);
    }

    Table row(String... cells) {
        return row(false, cells);
    }

    Table row(boolean chosen, String... cells) {
        page.open("tr", "class", chosen ? "chosen" : "other");
        for (int i = 0; i < cells.length; i++) {
            page.element("td", cells[i], "class", kind(numbers[i]));
        }
        page.close();
        return this;
    }

    void close() {
        page.close().close().close();
    }

    private static String kind(boolean number) {
        return number ? "number" : "words";
    }
}
