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
        return row(chosen ? "chosen" : "other", null, null, cells);
    }

    /**
     * A row whose first cell is a link.
     *
     * @param address where it leads, relative to the page; null for nowhere
     * @param label what it leads to, for those who hear the page
     */
    Table linkedRow(String address, String label, String... cells) {
        return row("other", address, label, cells);
    }

    private Table row(String kind, String address, String label, String... cells) {
        page.open("tr", "class", kind);
        for (int i = 0; i < cells.length; i++) {
            page.open("td", "class", kind(numbers[i]));
            if (i == 0 && address != null) {
                page.element("a", cells[i], "href", address, "aria-label", label);
            } else {
                page.text(cells[i]);
            }
            page.close();
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
