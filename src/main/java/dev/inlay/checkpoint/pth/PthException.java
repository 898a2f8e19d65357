package dev.inlay.checkpoint.pth;

/** Why a file is not read; {@link PthFile#open} puts the file's name in front. */
final class PthException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PthException(String message) {
        super(message);
    }

    PthException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Text out of a file, fit to be shown: at most 200 characters, none of them a control character. */
    static String shown(Object text) {
        String whole = String.valueOf(text);
        return whole.substring(0, Math.min(whole.length(), 200)).replaceAll("\\p{Cntrl}", "?");
    }
}
