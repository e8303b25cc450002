export const useRouter = () => ({ push() {}, replace() {} });
export const useSearchParams = () => new URLSearchParams();
export const usePathname = () => "/";
